using System.Text;

namespace Messaging.Specification.Tests.Broker;

/// <summary>What the broker's objects say of themselves: useful in a log, short, and never a body.</summary>
public sealed class DescriptionTests
{
    [Theory, EveryStore]
    public async Task Objects_InWords_SayWhatAndWhere(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        ITopic topic = harness.Broker.Topic("news.eu");
        ISubscription billing = await harness.Broker.SubscribeAsync("news.#", "billing").Soon();
        Receipt receipt = await queue.Producer<string>().SendAsync("secret", new() { Headers = new() { ["tenant"] = "hidden" } }).Soon();
        Delivery<string> delivery = await queue.Consumer<string>().NextAsync();
        await using IWorker worker = billing.Handle<List<Order>>((_, _) => default);

        string[] words =
        [
            $"{queue}", $"{topic}", $"{billing}", $"{queue.DeadLetters}", $"{queue.Producer<string>()}", $"{topic.Producer<byte[]>()}",
            $"{billing.Consumer<int?>()}", $"{worker}", $"{receipt}", $"{delivery}",
        ];

        words.Should().Equal(
            "Queue 'orders'",
            "Topic 'news.eu'",
            "Subscription 'billing' to 'news.#'",
            "Dead letters of 'orders'",
            "Producer<System.String> to 'orders'",
            "Producer<System.Byte[]> to 'news.eu'",
            "Consumer<System.Int32?> of 'billing'",
            "Handler<System.Collections.Generic.List<Messaging.Specification.Tests.Broker.Order>> of 'billing'",
            $"Receipt {{ MessageId = {receipt.MessageId}, Sequence = 1, Durability = {receipt.Durability}, IsDuplicate = False, Previous =  }}",
            $"Delivery of message 1 of 'orders' ({receipt.MessageId}), attempt 1");
        $"{harness.Broker}".Should().StartWith(store == StoreKind.Memory ? "MessageBroker in memory" : "MessageBroker on '");
        await delivery.DeadLetterAsync("because it is secret").Soon();
        DeadLetter dead = (await queue.DeadLetters.PeekAsync().ToListAsync()).Single();
        $"{dead}".Should().Be($"Dead letter 1: message 1 of 'orders' ({receipt.MessageId}), Rejected after 0 failures");
    }

    [Theory, EveryStore]
    public async Task Objects_AfterTheirEnd_AreNamedAsTheUserWroteThem(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        ISubscription billing = await harness.Broker.SubscribeAsync("news.#", "billing").Soon();
        IConsumer<List<string>> consumer = queue.Consumer<List<string>>();
        IProducer<List<string>> producer = queue.Producer<List<string>>();
        await consumer.DisposeAsync().Soon();
        await producer.DisposeAsync().Soon();
        await harness.Broker.UnsubscribeAsync("billing").Soon();

        await consumer.Awaiting(c => c.ReceiveAsync().Soon()).Should().ThrowAsync<ObjectDisposedException>()
            .WithMessage("*'Consumer<System.Collections.Generic.List<System.String>> of 'orders''*");
        consumer.Invoking(c => c.TryReceive(out _)).Should().Throw<ObjectDisposedException>().WithMessage("*'Consumer<*");
        await producer.Awaiting(p => p.SendAsync([]).Soon()).Should().ThrowAsync<ObjectDisposedException>()
            .WithMessage("*'Producer<System.Collections.Generic.List<System.String>> to 'orders''*");
        billing.Invoking(b => b.Consumer<int>()).Should().Throw<ObjectDisposedException>().WithMessage("*'Subscription 'billing' to 'news.#''*");
    }

    [Theory, EveryStore]
    public async Task Body_ThatCannotBeRead_IsNamedByReadableTypes(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Serialize = true });
        await queue.Producer<ReadOnlyMemory<byte>>().SendAsync(Encoding.UTF8.GetBytes("no JSON")).Soon();

        await harness.ShouldBeEmptyAsync(queue.Consumer<List<string>>(), "since it cannot be read");

        await harness.SettleAsync();
        (await queue.DeadLetters.PeekAsync().ToListAsync()).Single().Description
            .Should().Contain("cannot be read as System.Collections.Generic.List<System.String>: ");
    }
}
