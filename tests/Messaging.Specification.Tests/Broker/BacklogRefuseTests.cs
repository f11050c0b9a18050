using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Backlog limits that refuse: exactly at the limit, with an error that names it, and with nothing sent.</summary>
public sealed class BacklogRefuseTests(ITestOutputHelper output)
{
    [Theory, EveryStore]
    public async Task MaxMessages_SendersAtOnce_ExactlyAsManyAreAcceptedAsFit(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker
            .SubscribeAsync("orders", "slow", new() { Backlog = new() { MaxMessages = 100, Action = BacklogAction.Refuse } }).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();

        bool[] accepted = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Task.Run(() => TrySendAsync(producer, i)))).Soon();

        accepted.Count(a => a).Should().Be(100);
        slow.Statistics.Ready.Should().Be(100);
        (await harness.DrainAsync<int>(slow)).Should().HaveCount(100);
        (await TrySendAsync(producer, 0)).Should().BeTrue();
    }

    [Theory, EveryStore]
    public async Task MaxBytes_SendersAtOnce_ExactlyAsManyAreAcceptedAsFit(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker
            .SubscribeAsync("orders", "slow", new() { Backlog = new() { MaxBytes = 1_099, Action = BacklogAction.Refuse } }).Soon();
        IProducer<byte[]> producer = harness.Broker.Topic("orders").Producer<byte[]>();

        bool[] accepted = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => TrySendAsync(producer, Bodies.Hundred(i))))).Soon();

        accepted.Count(a => a).Should().Be(10);
        (await TrySendAsync(producer, Bodies.OfRecordSize(99, 0))).Should().BeTrue("99 bytes are left");
        (await TrySendAsync(producer, [])).Should().BeFalse();
        (await harness.DrainAsync<byte[]>(slow)).Should().HaveCount(11);
        (await TrySendAsync(producer, Bodies.OfRecordSize(1_099, 0))).Should().BeTrue("all room is back");
    }

    [Theory, EveryStore]
    public async Task Refusal_OfASend_SaysWhichSubscriptionWhichLimitAndItsValue(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.SubscribeAsync("orders.#", "audit", new()
        {
            Backlog = new() { MaxMessages = 2, MaxBytes = 10_000, MaxAge = TimeSpan.FromHours(1), Action = BacklogAction.Refuse },
        }).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders.eu").Producer<int>();
        await producer.SendAsync(1).Soon();

        QueueFullException aged = await RefusalAsync(async () =>
        {
            await harness.AdvanceAsync(TimeSpan.FromHours(1));
            await producer.SendAsync(2).Soon();
        });
        aged.Message.Should().Contain("audit").And.Contain("orders.eu").And.Contain("MaxAge").And.Contain("01:00:00").And.Contain("Nothing was sent");
        (aged.Destination, aged.Subscription, aged.Limit, aged.Capacity).Should().Be(("orders.eu", "audit", "MaxAge", TimeSpan.TicksPerHour));

        ISubscription audit = harness.Broker.Subscriptions.Single();
        await harness.DrainAsync<int>(audit);
        await producer.SendBatchAsync([new(3), new(4)]).Soon();
        QueueFullException full = await RefusalAsync(() => producer.SendAsync(5).Soon());
        full.Message.Should().Contain("audit").And.Contain("orders.eu").And.Contain("MaxMessages = 2");
        (full.Destination, full.Subscription, full.Limit, full.Capacity).Should().Be(("orders.eu", "audit", "MaxMessages", 2L));
        audit.Statistics.Ready.Should().Be(2);
    }

    [Theory, EveryStore]
    public async Task Refuse_ByOneSubscription_LeavesTheOthersWithoutTheMessageAndWithTheirRoom(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription wide = await harness.Broker
            .SubscribeAsync("orders", "wide", new() { Backlog = new() { MaxMessages = 3, Action = BacklogAction.Refuse } }).Soon();
        ISubscription narrow = await harness.Broker
            .SubscribeAsync("orders", "narrow", new() { Backlog = new() { MaxMessages = 1, Action = BacklogAction.Refuse } }).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders", new() { Capacity = 10 }).Producer<int>();
        await producer.SendAsync(1).Soon();

        for (int i = 0; i < 20; i++)
        {
            (await TrySendAsync(producer, 2)).Should().BeFalse();
        }

        (await harness.DrainAsync<int>(narrow)).Should().Equal(1);
        await producer.SendAsync(3).Soon();
        (await harness.DrainAsync<int>(narrow)).Should().Equal(3);
        await producer.SendAsync(4).Soon();
        (await harness.DrainAsync<int>(wide)).Should().Equal(1, 3, 4);
    }

    [Theory, EveryStore]
    public async Task Batch_OverTheLimit_IsRefusedWhole(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker
            .SubscribeAsync("orders", "slow", new() { Backlog = new() { MaxMessages = 3, Action = BacklogAction.Refuse } }).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendBatchAsync([new(1), new(2)]).Soon();

        await producer.Awaiting(p => p.SendBatchAsync([new(3), new(4)]).Soon()).Should().ThrowAsync<QueueFullException>();

        slow.Statistics.Ready.Should().Be(2);
        await producer.SendAsync(5).Soon();
        (await harness.DrainAsync<int>(slow)).Should().Equal(1, 2, 5);
    }

    [Theory, ReopeningStores]
    public async Task MaxMessages_AfterReopen_CountsWhatIsThereExactly(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var options = new SubscriptionOptions { Backlog = new() { MaxMessages = 5, Action = BacklogAction.Refuse } };
        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", options).Soon();
        await harness.Broker.Topic("orders").Producer<int>().SendBatchAsync([new(1), new(2), new(3), new(4)]).Soon();
        await using (IConsumer<int> consumer = slow.Consumer<int>())
        {
            await consumer.NextAsync();
            await (await consumer.NextAsync()).AckAsync().Soon();
            await (await consumer.NextAsync()).NackAsync(TimeSpan.FromHours(1)).Soon();
        }

        await harness.ReopenAsync();

        slow = await harness.Broker.SubscribeAsync("orders", "slow", options).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendBatchAsync([new(5), new(6)]).Soon();
        (await TrySendAsync(producer, 7)).Should().BeFalse("three were left: one returned, one waiting, one unseen");
        await using (IConsumer<int> consumer = slow.Consumer<int>())
        {
            await (await consumer.NextAsync()).AckAsync().Soon();
        }

        (await TrySendAsync(producer, 8)).Should().BeTrue();
        (await TrySendAsync(producer, 9)).Should().BeFalse();
        await harness.AdvanceAsync(TimeSpan.FromHours(1));
        (await harness.DrainAsync<int>(slow)).Should().BeEquivalentTo([4, 3, 5, 6, 8]);
        await producer.SendBatchAsync([.. Enumerable.Range(0, 5).Select(i => new Message<int>(i))]).Soon();
        (await TrySendAsync(producer, 10)).Should().BeFalse();
    }

    [Theory, ReopeningStores]
    public async Task MaxBytes_AfterReopen_EstimatesTheBacklogAndIsExactWhenItIsGone(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var options = new SubscriptionOptions { Backlog = new() { MaxBytes = 1_000, Action = BacklogAction.Refuse } };
        await harness.Broker.SubscribeAsync("orders", "slow", options).Soon();
        foreach (int size in (int[])[50, 250, 150, 150])
        {
            await harness.Broker.Topic("orders").Producer<byte[]>().SendAsync(Bodies.OfRecordSize(size, size)).Soon();
        }

        await harness.ReopenAsync();

        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", options).Soon();
        IProducer<byte[]> producer = harness.Broker.Topic("orders").Producer<byte[]>();
        (await TrySendAsync(producer, Bodies.OfRecordSize(450, 0))).Should().BeFalse("600 of 1,000 bytes are taken");
        (await TrySendAsync(producer, Bodies.OfRecordSize(350, 0))).Should().BeTrue();
        (await harness.DrainAsync<byte[]>(slow)).Should().HaveCount(5);
        (await TrySendAsync(producer, Bodies.OfRecordSize(1_000, 0))).Should().BeTrue("the backlog is empty, and no estimate is left over");
        (await TrySendAsync(producer, [])).Should().BeFalse();
        (await harness.DrainAsync<byte[]>(slow)).Should().ContainSingle();
        (await TrySendAsync(producer, Bodies.OfRecordSize(1_000, 0))).Should().BeTrue();
    }

    [Theory, ReopeningStores]
    public async Task MaxAge_AfterReopen_CountsFromTheSend(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var options = new SubscriptionOptions { Backlog = new() { MaxAge = TimeSpan.FromMinutes(10), Action = BacklogAction.Refuse } };
        await harness.Broker.SubscribeAsync("orders", "slow", options).Soon();
        await harness.Broker.Topic("orders").Producer<int>().SendAsync(1).Soon();
        await harness.AdvanceAsync(TimeSpan.FromMinutes(4));

        await harness.ReopenAsync();

        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", options).Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await harness.AdvanceAsync(TimeSpan.FromMinutes(6) - TimeSpan.FromTicks(1));
        (await TrySendAsync(producer, 2)).Should().BeTrue();
        await harness.AdvanceAsync(TimeSpan.FromTicks(1));
        (await TrySendAsync(producer, 3)).Should().BeFalse();
        (await harness.DrainAsync<int>(slow)).Should().Equal(1, 2);
        (await TrySendAsync(producer, 4)).Should().BeTrue();
    }

    [Fact]
    public async Task Refuse_SendsThatTheStoreRefused_TakeNoRoom()
    {
        var store = new FaultyStore();
        await using MessageBroker broker = await MessageBroker.OpenAsync(store);
        ISubscription slow = await broker
            .SubscribeAsync("orders", "slow", new() { Backlog = new() { MaxMessages = 2, MaxBytes = 1_000, Action = BacklogAction.Refuse } }).Soon();
        IProducer<int> producer = broker.Topic("orders").Producer<int>();
        await broker.WhenIdleAsync().Soon();
        store.FailCommits(() => new StoreException("The disk is full."));
        for (int i = 0; i < 10; i++)
        {
            await producer.Awaiting(p => p.SendAsync(1).Soon()).Should().ThrowAsync<StoreException>();
            await producer.Awaiting(p => p.SendBatchAsync([new(1), new(2)]).Soon()).Should().ThrowAsync<StoreException>();
        }

        store.FailCommits(null);

        await producer.SendBatchAsync([new(1), new(2)]).Soon();
        (await TrySendAsync(producer, 3)).Should().BeFalse();
        slow.Statistics.Ready.Should().Be(2);
    }

    [Theory]
    [InlineData(StoreKind.Memory, 1)]
    [InlineData(StoreKind.Memory, 2)]
    [InlineData(StoreKind.InMemoryStore, 3)]
    [InlineData(StoreKind.Sqlite, 4)]
    public async Task Backlogs_SendersConsumersAndSubscriptionsComeAndGo_CountExactlyInTheEnd(StoreKind store, int seed)
    {
        output.WriteLine($"seed {seed}");
        await using var harness = await BrokerHarness.StartAsync(store);
        var steady = new SubscriptionOptions { Backlog = new() { MaxMessages = 40, MaxBytes = 4_000 } };
        ISubscription blocking = await harness.Broker.SubscribeAsync("t.*", "blocking", steady).Soon();
        IProducer<byte[]>[] producers = [.. Enumerable.Range(0, 3).Select(i => harness.Broker.Topic($"t.{i}").Producer<byte[]>())];
        await using IWorker worker = blocking.Handle<byte[]>((_, _) => default, new() { Concurrency = 2 });

        int sent = 0;
        Task[] senders = [.. Enumerable.Range(0, 4).Select(s => Task.Run(async () =>
        {
            var random = new Random((seed * 100) + s);
            for (int i = 0; i < 400; i++)
            {
                IProducer<byte[]> producer = producers[random.Next(3)];
                Message<byte[]>[] batch = [.. Enumerable.Range(0, random.Next(1, 4)).Select(n => new Message<byte[]>(Bodies.OfRecordSize(random.Next(20, 120), n)))];
                Interlocked.Add(ref sent, await SendAsync(producer, batch));
            }
        }))];
        Task churn = Task.Run(async () =>
        {
            var random = new Random(seed);
            while (!Task.WhenAll(senders).IsCompleted)
            {
                var limit = new BacklogLimit { MaxMessages = random.Next(5, 60), MaxBytes = 5_000, Action = random.Next(2) == 0 ? BacklogAction.Refuse : BacklogAction.DropOldest };
                await harness.Broker.SubscribeAsync("t.1", "passing", new() { Backlog = limit });
                await Task.Yield();
                await harness.Broker.UnsubscribeAsync("passing");
            }
        });
        await Task.WhenAll([.. senders, churn]).WaitAsync(2 * HangGuard.Limit);
        await HangGuard.UntilAsync(() => blocking.Statistics.Acked == Volatile.Read(ref sent));
        await worker.DisposeAsync();

        // Idle again: exactly the limits fit, in messages and in bytes.
        await producers[0].SendBatchAsync([.. Enumerable.Range(0, 40).Select(i => new Message<byte[]>(Bodies.Hundred(i)))]).Soon();
        Task next = producers[1].SendAsync([]).AsTask();
        await harness.SettleAsync();
        next.IsCompleted.Should().BeFalse();
        (await harness.DrainAsync<byte[]>(blocking)).Count.Should().BeGreaterThanOrEqualTo(40);
        await next.Soon();
    }

    private static async Task<int> SendAsync(IProducer<byte[]> producer, Message<byte[]>[] batch)
    {
        try
        {
            await producer.SendBatchAsync(batch);
            return batch.Length;
        }
        catch (QueueFullException full) when (full.Subscription == "passing")
        {
            return 0;
        }
    }

    private static async Task<QueueFullException> RefusalAsync(Func<Task> send) =>
        (await send.Should().ThrowAsync<QueueFullException>()).Which;

    private static async Task<bool> TrySendAsync<T>(IProducer<T> producer, T body)
    {
        try
        {
            await producer.SendAsync(body).Soon();
            return true;
        }
        catch (QueueFullException)
        {
            return false;
        }
    }
}
