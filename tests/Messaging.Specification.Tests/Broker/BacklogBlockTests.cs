namespace Messaging.Specification.Tests.Broker;

/// <summary>Backlog limits that hold senders up: they wait for room, and lose nothing.</summary>
public sealed class BacklogBlockTests
{
    [Theory, EveryStore]
    public async Task MaxMessages_Reached_SendersWaitUntilTheSlowSubscriptionSettles(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", new() { Backlog = new() { MaxMessages = 2 } }).Soon();
        ISubscription quick = await harness.Broker.SubscribeAsync("orders", "quick").Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendAsync(1).Soon();
        await producer.SendAsync(2).Soon();

        Task<Receipt>[] waiting = [producer.SendAsync(3).AsTask(), producer.SendAsync(4).AsTask()];

        await harness.SettleAsync();
        waiting.Should().NotContain(w => w.IsCompleted);
        (await harness.DrainAsync<int>(quick)).Should().Equal([1, 2], "the other one is not full");
        waiting.Should().NotContain(w => w.IsCompleted);
        IConsumer<int> consumer = slow.Consumer<int>();
        Delivery<int> held = await consumer.NextAsync();
        await harness.SettleAsync();
        waiting.Should().NotContain(w => w.IsCompleted, "a delivery takes room until it is settled");
        await held.AckAsync().Soon();
        await waiting[0].Soon();
        await harness.SettleAsync();
        waiting[1].IsCompleted.Should().BeFalse();
        await (await consumer.NextAsync()).DeadLetterAsync("no").Soon();
        await waiting[1].Soon();
        await consumer.DisposeAsync();
        (await harness.DrainAsync<int>(slow)).Should().Equal(3, 4);
        (await harness.DrainAsync<int>(quick)).Should().Equal(3, 4);
    }

    [Theory, EveryStore]
    public async Task MaxBytes_Reached_SendersWaitForAsManyBytesAsTheyBring(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", new() { Backlog = new() { MaxBytes = 300 } }).Soon();
        IProducer<byte[]> producer = harness.Broker.Topic("orders").Producer<byte[]>();
        await producer.SendAsync(Bodies.Hundred(1)).Soon();
        await producer.SendAsync(Bodies.Hundred(2)).Soon();

        Task large = producer.SendAsync(Bodies.OfRecordSize(300, 3)).AsTask();

        await harness.SettleAsync();
        large.IsCompleted.Should().BeFalse();
        IConsumer<byte[]> consumer = slow.Consumer<byte[]>();
        await (await consumer.NextAsync()).AckAsync().Soon();
        await harness.SettleAsync();
        large.IsCompleted.Should().BeFalse("there is room for 200 bytes only");
        await (await consumer.NextAsync()).AckAsync().Soon();
        await large.Soon();
    }

    [Theory, EveryStore]
    public async Task MaxAge_Reached_SendersWaitUntilTheOldestIsInSomebodysHands(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", new() { Backlog = new() { MaxAge = TimeSpan.FromMinutes(1) } }).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendAsync(1).Soon();
        await harness.AdvanceAsync(TimeSpan.FromSeconds(59));
        await producer.SendAsync(2).Soon();
        await harness.AdvanceAsync(TimeSpan.FromSeconds(1));

        Task waiting = producer.SendAsync(3).AsTask();

        await harness.SettleAsync();
        waiting.IsCompleted.Should().BeFalse();
        IConsumer<int> consumer = slow.Consumer<int>(new() { LeaseDuration = TimeSpan.FromHours(1) });
        Delivery<int> held = await consumer.NextAsync();
        await waiting.Soon();
        await harness.AdvanceAsync(TimeSpan.FromSeconds(30));
        await producer.SendAsync(4).Soon();
        await held.AckAsync().Soon();
        await consumer.DisposeAsync();
        (await harness.DrainAsync<int>(slow)).Should().Equal(2, 3, 4);
    }

    [Theory, EveryStore]
    public async Task MaxAge_OldMessageReturns_HoldsSendersUpAgain(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", new() { Backlog = new() { MaxAge = TimeSpan.FromMinutes(1) } }).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendAsync(1).Soon();
        IConsumer<int> consumer = slow.Consumer<int>(new() { LeaseDuration = TimeSpan.FromMinutes(3) });
        await consumer.NextAsync();
        await harness.AdvanceAsync(TimeSpan.FromMinutes(2));
        await producer.SendAsync(2).Soon();

        await consumer.DisposeAsync();

        Task waiting = producer.SendAsync(3).AsTask();
        await harness.SettleAsync();
        waiting.IsCompleted.Should().BeFalse("the returned message is two minutes old");
        (await harness.DrainAsync<int>(slow)).Should().StartWith([1, 2]);
        await waiting.Soon();
    }

    [Theory, EveryStore]
    public async Task Block_OnePatternOverSeveralTopics_CountsThemTogetherAndHoldsUpNoOthers(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription all = await harness.Broker.SubscribeAsync("orders.*", "all", new() { Backlog = new() { MaxMessages = 2 } }).Soon();
        ISubscription eu = await harness.Broker.SubscribeAsync("orders.eu", "eu", new() { Backlog = new() { MaxMessages = 1 } }).Soon();
        await harness.Broker.Topic("orders.eu").Producer<int>().SendAsync(1).Soon();

        Task stuck = harness.Broker.Topic("orders.eu").Producer<int>().SendAsync(2).AsTask();

        await harness.SettleAsync();
        stuck.IsCompleted.Should().BeFalse("'eu' is full");
        // Whoever waits for 'eu' holds no room in 'all', which another topic needs.
        await harness.Broker.Topic("orders.us").Producer<int>().SendAsync(3).Soon();
        Task late = harness.Broker.Topic("orders.jp").Producer<int>().SendAsync(4).AsTask();
        await harness.SettleAsync();
        late.IsCompleted.Should().BeFalse("'all' is full now, for a topic that was created later too");
        (await harness.DrainAsync<int>(eu)).Should().Equal(1);
        await harness.SettleAsync();
        stuck.IsCompleted.Should().BeFalse("'all' is still full");
        List<int> received = await harness.DrainAsync<int>(all);
        await Task.WhenAll(stuck, late).Soon();
        received.AddRange(await harness.DrainAsync<int>(all));
        received.Should().BeEquivalentTo([1, 2, 3, 4]);
        (await harness.DrainAsync<int>(eu)).Should().Equal(2);
    }

    [Theory, EveryStore]
    public async Task Block_SubscriptionIsDeleted_ReleasesTheWaitingSenders(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.SubscribeAsync("orders", "gone", new() { Backlog = new() { MaxMessages = 1, MaxBytes = 10_000 } }).Soon();
        ISubscription stays = await harness.Broker.SubscribeAsync("orders", "stays", new() { Backlog = new() { MaxMessages = 10 } }).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendAsync(1).Soon();
        Task[] waiting = [producer.SendAsync(2).AsTask(), producer.SendBatchAsync([new(3)]).AsTask()];

        await harness.Broker.UnsubscribeAsync("gone").Soon();

        await Task.WhenAll(waiting).Soon();
        (await harness.DrainAsync<int>(stays)).Should().BeEquivalentTo([1, 2, 3]);
        // What was entered in the deleted one's backlog has not taken room from anybody.
        await producer.SendBatchAsync([.. Enumerable.Range(0, 10).Select(i => new Message<int>(i))]).Soon();
    }

    [Theory, EveryStore]
    public async Task Block_SubscriptionIsCreatedWhileSendersWait_CountsWhatTheySend(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription first = await harness.Broker.SubscribeAsync("orders", "first", new() { Backlog = new() { MaxMessages = 1 } }).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendAsync(1).Soon();
        Task waiting = producer.SendAsync(2).AsTask();
        ISubscription second = await harness.Broker
            .SubscribeAsync("orders", "second", new() { Backlog = new() { MaxMessages = 1, Action = BacklogAction.Refuse } }).Soon();

        // The waiting sender may be let in while the first message is being drained.
        List<int> drained = await harness.DrainAsync<int>(first);
        await waiting.Soon();
        drained.AddRange(await harness.DrainAsync<int>(first));
        drained.Should().Equal(1, 2);
        (await producer.Awaiting(p => p.SendAsync(3).Soon()).Should().ThrowAsync<QueueFullException>()).Which.Subscription.Should().Be("second");
        (await harness.DrainAsync<int>(second)).Should().Equal(2);
        await producer.SendAsync(4).Soon();
    }

    [Theory, EveryStore]
    public async Task Block_SenderGivesUp_LeavesTheRoomToTheNext(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", new() { Backlog = new() { MaxMessages = 1 } }).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendAsync(1).Soon();
        using var giveUp = new CancellationTokenSource();
        Task cancelled = producer.SendAsync(2, cancellationToken: giveUp.Token).AsTask();
        Task next = producer.SendAsync(3).AsTask();

        await giveUp.CancelAsync();

        await cancelled.Awaiting(c => c.Soon()).Should().ThrowAsync<OperationCanceledException>();
        List<int> drained = await harness.DrainAsync<int>(slow);
        await next.Soon();
        drained.AddRange(await harness.DrainAsync<int>(slow));
        drained.Should().Equal(1, 3);
    }

    [Theory, EveryStore]
    public async Task Block_BrokerCloses_EndsTheWait(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.SubscribeAsync("orders", "slow", new() { Backlog = new() { MaxMessages = 1 } }).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendAsync(1).Soon();
        Task waiting = producer.SendAsync(2).AsTask();
        await harness.SettleAsync();

        await harness.CloseAsync();

        await waiting.Awaiting(w => w.Soon()).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Theory, EveryStore]
    public async Task Batch_ThatDoesNotFitYet_WaitsAsAWhole(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", new() { Backlog = new() { MaxMessages = 3 } }).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendBatchAsync([new(1), new(2)]).Soon();

        Task batch = producer.SendBatchAsync([new(3), new(4)]).AsTask();

        await harness.SettleAsync();
        slow.Statistics.Ready.Should().Be(2, "nothing of the batch is sent");
        await (await slow.Consumer<int>().NextAsync()).AckAsync().Soon();
        await batch.Soon();
        slow.Statistics.Ready.Should().Be(3);
    }

    [Theory, EveryStore]
    public async Task Batch_LargerThanTheLimit_IsRefusedRatherThanWaitingForEver(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", new() { Backlog = new() { MaxMessages = 2, MaxBytes = 250 } }).Soon();
        IProducer<byte[]> producer = harness.Broker.Topic("orders").Producer<byte[]>();

        QueueFullException many = (await producer.Awaiting(p => p.SendBatchAsync([new([]), new([]), new([])]).Soon())
            .Should().ThrowAsync<QueueFullException>()).Which;
        QueueFullException large = (await producer.Awaiting(p => p.SendAsync(Bodies.OfRecordSize(251, 1)).Soon())
            .Should().ThrowAsync<QueueFullException>()).Which;

        (many.Limit, many.Capacity, large.Limit, large.Capacity).Should().Be(("MaxMessages", 2, "MaxBytes", 250));
        slow.Statistics.Ready.Should().Be(0);
        await producer.SendBatchAsync([new(Bodies.Hundred(1)), new(Bodies.Hundred(2))]).Soon();
    }

    [Theory, EveryStore]
    public async Task Block_OnAQueue_BoundsItsBytesBesideItsCapacity(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Capacity = 10, Backlog = new() { MaxBytes = 200 } });
        IProducer<byte[]> producer = queue.Producer<byte[]>();
        await producer.SendBatchAsync([new(Bodies.Hundred(1)), new(Bodies.Hundred(2))]).Soon();
        Task waiting = producer.SendAsync(Bodies.Hundred(3)).AsTask();
        await harness.SettleAsync();
        waiting.IsCompleted.Should().BeFalse();

        await (await queue.Consumer<byte[]>().NextAsync()).AckAsync().Soon();

        await waiting.Soon();
        queue.Statistics.Ready.Should().Be(2);
    }

    [Theory, EveryStore]
    public async Task Block_RedrivenAndScheduledMessages_EnterWithoutAskingAndAreCounted(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", new() { Backlog = new() { MaxMessages = 1, Action = BacklogAction.Refuse } }).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendAsync(1).Soon();
        await using (IConsumer<int> consumer = slow.Consumer<int>())
        {
            await (await consumer.NextAsync()).DeadLetterAsync("no").Soon();
        }

        await producer.SendAsync(2, new() { Delay = TimeSpan.FromSeconds(1) }).Soon();
        await producer.SendAsync(3).Soon();

        (await slow.DeadLetters.RedriveAsync().AsTask().Soon()).Should().Be(1);
        await harness.AdvanceAsync(TimeSpan.FromSeconds(1));

        slow.Statistics.Ready.Should().Be(3);
        Func<Task> send = () => producer.SendAsync(4).Soon();
        await send.Should().ThrowAsync<QueueFullException>();
        await using (IConsumer<int> consumer = slow.Consumer<int>())
        {
            for (int i = 0; i < 3; i++)
            {
                await send.Should().ThrowAsync<QueueFullException>();
                await (await consumer.NextAsync()).AckAsync().Soon();
            }
        }

        await send.Should().NotThrowAsync();
    }
}
