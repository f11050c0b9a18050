using Messaging;

await using var broker = MessageBroker.InMemory();

// A group must be there before the messages: a new subscription receives what is sent from then on.
ISubscription group = await broker.SubscribeAsync("test_topic", "test_group");

await using (IProducer<string> producer = broker.Topic("test_topic").Producer<string>())
{
    for (int i = 0; i < 10; i++)
    {
        await producer.SendAsync($"message_{i}");
    }

    await producer.FlushAsync();
}

await using IConsumer<string> consumer = group.Consumer<string>();
await foreach (Delivery<string> delivery in consumer.ReadAllAsync())
{
    Console.WriteLine($"Received message: {delivery.Body}");
    await delivery.AckAsync();
    if (group.Statistics is { Ready: 0, Leased: 0 })
    {
        break;
    }
}
