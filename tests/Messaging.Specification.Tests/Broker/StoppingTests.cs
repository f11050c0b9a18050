namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 12: stopping loses nothing, ends every wait, and closes every door.</summary>
public sealed class StoppingTests
{
    [Theory, ReopeningStores]
    public async Task Dispose_UnsettledMessages_ReturnWithoutAFailure(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([new(1), new(2), new(3)]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        await consumer.NextAsync();
        await consumer.NextAsync();

        await harness.ReopenAsync();

        IConsumer<int> again = harness.Broker.Queue("orders").Consumer<int>();
        List<Delivery<int>> all = [await again.NextAsync(), await again.NextAsync(), await again.NextAsync()];
        all.Select(d => (d.Body, d.Attempt, d.Failures)).Should().BeEquivalentTo([(1, 2, 0), (2, 2, 0), (3, 1, 0)]);
    }

    [Theory, EveryStore]
    public async Task Dispose_Twice_IsHarmless(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;

        Task first = broker.DisposeAsync().AsTask();
        Task second = broker.DisposeAsync().AsTask();

        await Task.WhenAll(first, second).Soon();
        await broker.DisposeAsync().Soon();
    }

    [Theory, EveryStore]
    public async Task Dispose_Done_EveryMemberThrowsObjectDisposed(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;
        IQueue queue = broker.Queue("orders");
        ITopic topic = broker.Topic("orders");
        ISubscription subscription = await broker.SubscribeAsync("orders", "billing").Soon();
        IProducer<int> toQueue = queue.Producer<int>();
        IProducer<int> toTopic = topic.Producer<int>();
        IConsumer<int> consumer = subscription.Consumer<int>();
        var uses = new Dictionary<string, Func<Task>>
        {
            ["broker.Subscriptions"] = () => Task.FromResult(broker.Subscriptions),
            ["broker.Queue"] = () => Task.FromResult(broker.Queue("orders")),
            ["broker.Queue, new"] = () => Task.FromResult(broker.Queue("others")),
            ["broker.Topic"] = () => Task.FromResult(broker.Topic("orders")),
            ["broker.SubscribeAsync"] = () => broker.SubscribeAsync("orders", "billing").AsTask(),
            ["broker.UnsubscribeAsync"] = () => broker.UnsubscribeAsync("billing").AsTask(),
            ["broker.CancelAsync"] = () => broker.CancelAsync(MessageId.FromName("x")).AsTask(),
            ["queue.Producer"] = () => Task.FromResult(queue.Producer<int>()),
            ["queue.Consumer"] = () => Task.FromResult(queue.Consumer<int>()),
            ["queue.Handle"] = () => Task.FromResult(queue.Handle<int>((_, _) => ValueTask.CompletedTask)),
            ["queue.Pause"] = () => Task.Run(queue.Pause),
            ["queue.Resume"] = () => Task.Run(queue.Resume),
            ["topic.Producer"] = () => Task.FromResult(topic.Producer<int>()),
            ["subscription.Consumer"] = () => Task.FromResult(subscription.Consumer<int>()),
            ["subscription.Handle"] = () => Task.FromResult(subscription.Handle<int>((_, _) => ValueTask.CompletedTask)),
            ["producer.SendAsync, queue"] = () => toQueue.SendAsync(1).AsTask(),
            ["producer.SendAsync, topic"] = () => toTopic.SendAsync(1).AsTask(),
            ["producer.SendAsync, scheduled"] = () => toQueue.SendAsync(1, new() { Delay = TimeSpan.FromDays(1) }).AsTask(),
            ["producer.SendBatchAsync"] = () => toQueue.SendBatchAsync([new(1)]).AsTask(),
            ["consumer.ReceiveAsync"] = () => consumer.ReceiveAsync().AsTask(),
            ["consumer.ReceiveBatchAsync"] = () => consumer.ReceiveBatchAsync(1, TimeSpan.Zero).AsTask(),
            ["consumer.TryReceive"] = () => Task.FromResult(consumer.TryReceive(out _)),
            ["consumer.ReadAllAsync"] = () => consumer.ReadAllAsync().FirstAsync().AsTask(),
            ["deadLetters.PeekAsync"] = () => queue.DeadLetters.PeekAsync().ToListAsync().AsTask(),
            ["deadLetters.RedriveAsync"] = () => queue.DeadLetters.RedriveAsync().AsTask(),
            ["deadLetters.PurgeAsync"] = () => queue.DeadLetters.PurgeAsync().AsTask(),
        };

        await broker.DisposeAsync().Soon();

        var wrong = new List<string>();
        foreach ((string member, Func<Task> use) in uses)
        {
            try
            {
                await use().Soon();
                wrong.Add($"{member}: no exception");
            }
            catch (ObjectDisposedException)
            {
            }
            catch (Exception exception)
            {
                wrong.Add($"{member}: {exception.GetType().Name}");
            }
        }

        wrong.Should().BeEmpty("every member throws ObjectDisposedException");
    }

    [Theory, EveryStore]
    public async Task Dispose_WhileReceiversWait_EndsTheirWaits(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        Task[] waiting =
        [
            queue.Consumer<int>().ReceiveAsync().AsTask(),
            queue.Consumer<int>().ReceiveBatchAsync(5, Timeout.InfiniteTimeSpan).AsTask(),
            queue.Consumer<int>().ReceiveBatchAsync(5, TimeSpan.FromHours(1)).AsTask(),
            queue.Consumer<int>().ReadAllAsync().FirstAsync().AsTask(),
        ];

        await harness.CloseAsync();

        foreach (Task wait in waiting)
        {
            await FluentActions.Awaiting(() => wait.Soon()).Should().ThrowAsync<ObjectDisposedException>();
        }
    }

    [Theory, EveryStore]
    public async Task Dispose_WhileSendersWaitForRoom_EndsTheirWaitsAndSendsNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Capacity = 1 });
        IProducer<int> producer = queue.Producer<int>();
        await producer.SendAsync(1).Soon();
        Task[] waiting = [producer.SendAsync(2).AsTask(), producer.SendBatchAsync([new(3)]).AsTask()];

        await harness.CloseAsync();

        foreach (Task wait in waiting)
        {
            await FluentActions.Awaiting(() => wait.Soon()).Should().ThrowAsync<ObjectDisposedException>();
        }

        if (store != StoreKind.Memory)
        {
            await harness.OpenAsync();
            (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().Equal(1);
        }
    }

    [Theory, EveryStore]
    public async Task Settle_AfterDispose_IsLate(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await queue.Consumer<int>().NextAsync();

        await harness.CloseAsync();

        delivery.LeaseLost.IsCancellationRequested.Should().BeTrue();
        (await delivery.AckAsync().Soon()).Should().Be(Settlement.LeaseLost);
        (await delivery.NackAsync().Soon()).Should().Be(Settlement.LeaseLost);
        delivery.Extend(TimeSpan.FromMinutes(1)).Should().Be(Settlement.LeaseLost);
    }

    [Theory, ReopeningStores]
    public async Task Dispose_WhileManySend_ConfirmsExactlyWhatItKept(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IProducer<int> producer = harness.Broker.Queue("orders").Producer<int>();
        await producer.SendAsync(-1).Soon();
        Task<Receipt>[] sends = [.. Enumerable.Range(0, 500).Select(i => producer.SendAsync(i).AsTask())];

        await harness.CloseAsync();

        await Task.WhenAll(sends).ContinueWith(_ => { }, TaskScheduler.Default).Soon();
        List<int> confirmed = [-1, .. Enumerable.Range(0, 500).Where(i => sends[i].IsCompletedSuccessfully)];
        sends.Where(s => s.IsFaulted && s.Exception!.InnerException is not ObjectDisposedException).Should().BeEmpty();
        await harness.OpenAsync();
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().Equal(confirmed);
    }

    [Theory, ReopeningStores]
    public async Task Dispose_WhileManyAck_ForgetsNoConfirmedAck(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(0, 500).Select(i => new Message<int>(i))]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        var acks = new List<Task<Settlement>>();
        for (int i = 0; i < 500; i++)
        {
            acks.Add((await consumer.NextAsync()).AckAsync().AsTask());
        }

        await harness.CloseAsync();

        Settlement[] settled = await Task.WhenAll(acks).Soon();
        IEnumerable<int> left = Enumerable.Range(0, 500).Where(i => settled[i] != Settlement.Acked);
        await harness.OpenAsync();
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().BeEquivalentTo(left);
    }
}
