namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 10: a full destination waits, refuses or drops, as it was told to.</summary>
public sealed class CapacityTests
{
    [Theory, EveryStore]
    public async Task Wait_QueueIsFull_SendersWaitAndAreLetInInTurn(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Capacity = 2 });
        IProducer<int> producer = queue.Producer<int>();
        await producer.SendBatchAsync([new(1), new(2)]).Soon();

        Task<Receipt>[] waiting = [producer.SendAsync(3).AsTask(), producer.SendAsync(4).AsTask(), producer.SendAsync(5).AsTask()];

        await harness.SettleAsync();
        waiting.Should().OnlyContain(w => !w.IsCompleted);
        queue.Statistics.Ready.Should().Be(2);
        IConsumer<int> consumer = queue.Consumer<int>();
        for (int i = 0; i < 3; i++)
        {
            Delivery<int> delivery = await consumer.NextAsync();
            delivery.Body.Should().Be(i + 1);
            await harness.SettleAsync();
            waiting[i].IsCompleted.Should().BeFalse("a delivery still takes room");
            await delivery.AckAsync().Soon();
            (await waiting[i].Soon()).Sequence.Should().Be(i + 3);
            await harness.SettleAsync();
            waiting.Skip(i + 1).Should().NotContain(w => w.IsCompleted);
        }

        (await harness.DrainAsync<int>(queue)).Should().Equal(4, 5);
    }

    [Theory, EveryStore]
    public async Task Wait_SmallSendBehindABatch_DoesNotOvertakeIt(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Capacity = 2 });
        IProducer<int> producer = queue.Producer<int>();
        await producer.SendBatchAsync([new(1), new(2)]).Soon();
        Task batch = producer.SendBatchAsync([new(3), new(4)]).AsTask();
        Task single = producer.SendAsync(5).AsTask();
        IConsumer<int> consumer = queue.Consumer<int>();

        var received = new List<int>();
        for (int i = 0; i < 5; i++)
        {
            Delivery<int> delivery = await consumer.NextAsync();
            received.Add(delivery.Body);
            await delivery.AckAsync().Soon();
        }

        received.Should().Equal(1, 2, 3, 4, 5);
        await Task.WhenAll(batch, single).Soon();
    }

    [Theory, EveryStore]
    public async Task Refuse_QueueIsFull_ThrowsAndChangesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Capacity = 2, FullMode = FullMode.Refuse });
        IProducer<int> producer = queue.Producer<int>();
        await producer.SendBatchAsync([new(1), new(2)]).Soon();

        Func<Task> send = () => producer.SendAsync(3).Soon();

        QueueFullException full = (await send.Should().ThrowAsync<QueueFullException>()).Which;
        (full.Destination, full.Capacity).Should().Be(("orders", 2));
        full.Message.Should().Contain("orders").And.Contain("2");
        Delivery<int> delivery = await queue.Consumer<int>().NextAsync();
        await send.Should().ThrowAsync<QueueFullException>("a delivery still takes room");
        await delivery.AckAsync().Soon();
        await send.Should().NotThrowAsync();
        (await harness.DrainAsync<int>(queue)).Should().Equal(2, 3);
    }

    [Theory, EveryStore]
    public async Task Refuse_GivenUpMessage_MakesRoom(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Capacity = 1, FullMode = FullMode.Refuse });
        await queue.Producer<int>().SendAsync(1).Soon();

        await (await queue.Consumer<int>().NextAsync()).DeadLetterAsync("no").Soon();

        await queue.Producer<int>().SendAsync(2).Soon();
        queue.Statistics.Dead.Should().Be(1);
    }

    [Theory, ReopeningStores]
    public async Task Refuse_QueueIsFullAfterReopen_Throws(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var options = new QueueOptions { Capacity = 2, FullMode = FullMode.Refuse };
        await harness.Broker.Queue("orders", options).Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();

        await harness.ReopenAsync();

        IQueue queue = harness.Broker.Queue("orders", options);
        await FluentActions.Awaiting(() => queue.Producer<int>().SendAsync(3).Soon()).Should().ThrowAsync<QueueFullException>();
        (await harness.DrainAsync<int>(queue)).Should().Equal(1, 2);
    }

    [Theory, EveryStore]
    public async Task DropOldest_QueueIsFull_DropsTheOldestThatNobodyHolds(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var options = new QueueOptions { Capacity = 3, FullMode = FullMode.DropOldest };
        IQueue queue = harness.Broker.Queue("orders", options);
        IProducer<int> producer = queue.Producer<int>();
        await producer.SendBatchAsync([new(1), new(2), new(3)]).Soon();
        Delivery<int> held = await queue.Consumer<int>().NextAsync();

        await producer.SendAsync(4).Soon();
        await producer.SendAsync(5).Soon();

        await harness.SettleAsync();
        queue.Statistics.Dropped.Should().Be(2);
        (await held.AckAsync().Soon()).Should().Be(Settlement.Acked);
        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
            queue = harness.Broker.Queue("orders", options);
        }

        (await harness.DrainAsync<int>(queue)).Should().Equal(4, 5);
    }

    [Theory, EveryStore]
    public async Task DropOldest_AllAreHeld_Refuses(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Capacity = 2, FullMode = FullMode.DropOldest });
        await queue.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        List<Delivery<int>> held = [await consumer.NextAsync(), await consumer.NextAsync()];

        await FluentActions.Awaiting(() => queue.Producer<int>().SendAsync(3).Soon()).Should().ThrowAsync<QueueFullException>();

        foreach (Delivery<int> delivery in held)
        {
            (await delivery.AckAsync().Soon()).Should().Be(Settlement.Acked);
        }

        queue.Statistics.Dropped.Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task Batch_LargerThanTheCapacity_IsRefusedInEveryMode(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        foreach (FullMode mode in Enum.GetValues<FullMode>())
        {
            IQueue queue = harness.Broker.Queue($"q-{mode}", new() { Capacity = 2, FullMode = mode });
            await queue.Producer<int>().SendAsync(1).Soon();

            await FluentActions.Awaiting(() => queue.Producer<int>().SendBatchAsync([new(2), new(3), new(4)]).Soon())
                .Should().ThrowAsync<QueueFullException>();

            (await harness.DrainAsync<int>(queue)).Should().Equal(1);
        }
    }

    [Theory, EveryStore]
    public async Task Capacity_ScheduledMessagesBecomeDueInAFullQueue_LosesNone(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Capacity = 1 });
        await queue.Producer<int>().SendAsync(2, new() { Delay = TimeSpan.FromSeconds(1) }).Soon();
        await queue.Producer<int>().SendAsync(3, new() { Delay = TimeSpan.FromSeconds(2) }).Soon();
        await queue.Producer<int>().SendAsync(1).Soon();

        await harness.AdvanceAsync(TimeSpan.FromSeconds(10));

        IConsumer<int> consumer = queue.Consumer<int>();
        for (int expected = 1; expected <= 3; expected++)
        {
            Delivery<int> delivery = await consumer.NextAsync();
            delivery.Body.Should().Be(expected);
            await delivery.AckAsync().Soon();
        }
    }

    [Theory, EveryStore]
    public async Task Topic_Wait_SenderWaitsForTheSlowestSubscription(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription quick = await harness.Broker.SubscribeAsync("orders", "quick").Soon();
        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow").Soon();
        IProducer<int> producer = harness.Broker.Topic("orders", new() { Capacity = 2 }).Producer<int>();
        await producer.SendBatchAsync([new(1), new(2)]).Soon();

        Task<Receipt> third = producer.SendAsync(3).AsTask();

        (await harness.DrainAsync<int>(quick)).Should().Equal(1, 2);
        await harness.SettleAsync();
        third.IsCompleted.Should().BeFalse("the slow subscription still needs both");
        await (await slow.Consumer<int>().NextAsync()).AckAsync().Soon();
        await third.Soon();
        (await harness.DrainAsync<int>(quick)).Should().Equal(3);
    }

    [Theory, EveryStore]
    public async Task Topic_Refuse_ThrowsUntilTheSubscriptionThatPinsIsGone(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.SubscribeAsync("orders", "dead").Soon();
        ISubscription live = await harness.Broker.SubscribeAsync("orders", "live").Soon();
        IProducer<int> producer = harness.Broker.Topic("orders", new() { Capacity = 2, FullMode = FullMode.Refuse }).Producer<int>();
        await producer.SendBatchAsync([new(1), new(2)]).Soon();
        (await harness.DrainAsync<int>(live)).Should().Equal(1, 2);
        Func<Task> send = () => producer.SendAsync(3).Soon();
        await send.Should().ThrowAsync<QueueFullException>();

        (await harness.Broker.UnsubscribeAsync("dead").Soon()).Should().BeTrue();

        await harness.SettleAsync();
        await send.Should().NotThrowAsync();
        (await harness.DrainAsync<int>(live)).Should().Equal(3);
    }
}
