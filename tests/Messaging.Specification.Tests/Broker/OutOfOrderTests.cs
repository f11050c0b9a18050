namespace Messaging.Specification.Tests.Broker;

/// <summary>Acks out of order: what is kept of them is bounded by holding new messages back, and none of it is ever forgotten.</summary>
public sealed class OutOfOrderTests
{
    private const int Limit = 16;
    private static readonly QueueOptions _options = new() { MaxOutOfOrder = Limit };
    private static readonly ConsumerOptions _oneByOne = new() { Prefetch = 1, LeaseDuration = TimeSpan.FromDays(1) };

    [Theory, EveryStore]
    public async Task Ack_OddNumbersOnly_NewMessagesAreHeldBackAtTheLimit(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 200, _options);
        IConsumer<int> consumer = queue.Consumer<int>(_oneByOne);

        List<Delivery<int>> held = await AckOddAsync(harness, consumer);

        // One more may have been ready in memory when the limit was reached.
        held.Count.Should().BeInRange(Limit, Limit + 1);
        queue.Statistics.Acked.Should().BeInRange(Limit, Limit + 1);
        (queue.Statistics.Leased, queue.Statistics.Ready).Should().Be((held.Count, 200 - held.Count - queue.Statistics.Acked));
    }

    [Theory, EveryStore]
    public async Task Ack_OfOneThatIsHeld_LetsAWaitingConsumerGoOn(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 200, _options);
        IConsumer<int> consumer = queue.Consumer<int>(_oneByOne);
        List<Delivery<int>> held = await AckOddAsync(harness, consumer);
        long handedOut = queue.Statistics.Delivered;
        Task<Delivery<int>> waiting = consumer.ReceiveAsync().AsTask();
        await harness.SettleAsync();
        waiting.IsCompleted.Should().BeFalse();

        // The gap closes, two ranges become one.
        (await held[^1].AckAsync().Soon()).Should().Be(Settlement.Acked);
        (await held[^2].AckAsync().Soon()).Should().Be(Settlement.Acked);

        (await waiting.Soon()).Body.Should().Be((int)handedOut + 1);
    }

    [Fact]
    public async Task Receive_WhileNewMessagesAreHeldBack_IsExplainedInTheLog()
    {
        using var log = new RecordingLog();
        await using var harness = await BrokerHarness.StartAsync(StoreKind.Memory, options => options with { LoggerFactory = log });
        IQueue queue = await QueueOfAsync(harness, 200, _options);
        IConsumer<int> consumer = queue.Consumer<int>(_oneByOne);
        await AckOddAsync(harness, consumer);
        log.Lines.Should().BeEmpty();

        Task<Delivery<int>> waiting = consumer.ReceiveAsync().AsTask();
        await harness.SettleAsync();

        waiting.IsCompleted.Should().BeFalse();
        log.Lines.Should().ContainSingle().Which.Should().StartWith("Warning: orders hands out nothing new").And.Contain("MaxOutOfOrder of 16");
    }

    [Theory, EveryStore]
    public async Task Ack_OddOnesThenThoseHeld_SettlesAll(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 2_000, _options);
        IConsumer<int> consumer = queue.Consumer<int>(_oneByOne);
        var seen = new List<int>();
        List<Delivery<int>> held;
        do
        {
            held = await AckOddAsync(harness, consumer, seen);
            await Task.WhenAll(held.Select(delivery => delivery.AckAsync().AsTask())).Soon();
        }
        while (held.Count > 0);

        seen.Should().Equal(Enumerable.Range(1, 2_000), "each is delivered once");
        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = 2_000, Delivered = 2_000 });
    }

    [Theory, EveryStore]
    public async Task Nack_AsManyAsTheLimit_HoldsNewMessagesBackUntilTheyAreSettled(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 100, _options);
        IConsumer<int> consumer = queue.Consumer<int>(_oneByOne);
        int nacked = 0;
        await harness.SettleAsync();
        while (consumer.TryReceive(out Delivery<int> delivery))
        {
            (await delivery.NackAsync(TimeSpan.FromHours(1)).Soon()).Should().Be(Settlement.Nacked);
            nacked++;
            await harness.SettleAsync();
        }

        nacked.Should().BeInRange(Limit, Limit + 1);
        await harness.AdvanceAsync(TimeSpan.FromHours(1));

        List<int> drained = await harness.DrainAsync<int>(queue);
        drained.Order().Should().Equal(Enumerable.Range(1, 100));
    }

    [Theory, ReopeningStores]
    public async Task Reopen_WithAsManyRangesAsTheLimit_GivesExactlyTheOthersAndGoesOn(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 200, _options);
        await AckOddAsync(harness, queue.Consumer<int>(_oneByOne));
        long acked = queue.Statistics.Acked;

        await harness.ReopenAsync();

        List<int> drained = await harness.DrainAsync<int>(harness.Broker.Queue("orders", _options));
        drained.Order().Should().Equal(Enumerable.Range(1, 200).Where(number => number % 2 == 0 || number > 2 * acked));
    }

    // Pulsar dropped the ranges that it had no room for, and delivered everything in them once more (pull request 25548).
    [Theory, ReopeningStores]
    public async Task Reopen_WithThousandsOfRanges_RedeliversNoneThatWasAcked(StoreKind store)
    {
        const int Count = 5_000;
        QueueOptions options = _options with { MaxOutOfOrder = 2_000 };
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, Count, options);
        List<Delivery<int>> held = await AckOddAsync(harness, queue.Consumer<int>(_oneByOne with { Prefetch = 256 }));
        held.Count.Should().BeInRange(2_000, 2_000 + 256);
        int acked = held.Count;

        await harness.ReopenAsync();

        List<int> drained = await harness.DrainAsync<int>(harness.Broker.Queue("orders", options));
        drained.Order().Should().Equal(Enumerable.Range(1, Count).Where(number => number % 2 == 0 || number > 2 * acked));
    }

    // NATS kept its ack floor when a redelivered gap was filled (pull request 5008), and counted as pending what was not (issue 6093).
    [Theory, ReopeningStores]
    public async Task Ack_OfARedeliveredGap_MovesTheFloorOverAllBehindItForGood(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 100, new());
        IConsumer<int> consumer = queue.Consumer<int>(_oneByOne with { Prefetch = 100 });
        for (int i = 1; i <= 100; i++)
        {
            Delivery<int> delivery = await consumer.NextAsync();
            await (i % 10 == 1 ? delivery.NackAsync(TimeSpan.FromMinutes(i)) : delivery.AckAsync()).Soon();
        }

        // From the last gap to the first, so that the floor stays where it is until the end.
        for (int minutes = 1; minutes <= 91; minutes += 10)
        {
            await harness.AdvanceAsync(TimeSpan.FromMinutes(minutes == 1 ? 1 : 10));
            (await (await consumer.NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked);
        }

        SubscriptionStatistics counts = queue.Statistics;
        (counts.Ready, counts.Leased, counts.Waiting, counts.Acked).Should().Be((0, 0, 0, 100));
        (await harness.CountStoredRecordsAsync()).Should().Be(0, "nothing pins what is settled");
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().BeEmpty();
    }

    [Theory, ReopeningStores]
    public async Task Ack_InRandomOrder_LeavesNothing(StoreKind store)
    {
        const int Seed = 20310;
        const int Count = 20_000;
        var random = new Random(Seed);
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, Count, new());
        IConsumer<int> consumer = queue.Consumer<int>(_oneByOne with { Prefetch = 256 });
        var held = new List<Delivery<int>>();
        var seen = new HashSet<int>();
        for (int settled = 0; settled < Count; settled++)
        {
            while (held.Count < 1_000 && seen.Count < Count)
            {
                held.Add(await consumer.NextAsync());
                seen.Add(held[^1].Body).Should().BeTrue($"seed {Seed}: {held[^1].Body} came twice");
            }

            int at = random.Next(held.Count);
            ValueTask<Settlement> ack = held[at].AckAsync();
            held[at] = held[^1];
            held.RemoveAt(held.Count - 1);
            if (settled % 1_000 == 0)
            {
                (await ack.Soon()).Should().Be(Settlement.Acked);
            }
        }

        await harness.SettleAsync();
        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = Count, Delivered = Count });
        await harness.ReopenAsync();
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().BeEmpty($"seed {Seed}");
    }

    private static async Task<IQueue> QueueOfAsync(BrokerHarness harness, int count, QueueOptions options)
    {
        IQueue queue = harness.Broker.Queue("orders", options);
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, count).Select(i => new Message<int>(i))]).Soon();
        return queue;
    }

    // Acks odd numbers and holds even ones, until nothing more is handed over.
    private static async Task<List<Delivery<int>>> AckOddAsync(BrokerHarness harness, IConsumer<int> consumer, List<int>? seen = null)
    {
        var held = new List<Delivery<int>>();
        var acks = new List<Task<Settlement>>();
        await harness.SettleAsync();
        while (consumer.TryReceive(out Delivery<int> delivery))
        {
            do
            {
                seen?.Add(delivery.Body);
                if (delivery.Body % 2 == 0)
                {
                    held.Add(delivery);
                }
                else
                {
                    acks.Add(delivery.AckAsync().AsTask());
                }
            }
            while (consumer.TryReceive(out delivery));

            await harness.SettleAsync();
        }

        (await Task.WhenAll(acks).Soon()).Should().AllBeEquivalentTo(Settlement.Acked);
        return held;
    }
}
