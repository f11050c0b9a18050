namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract lines 2 and 3: a confirmed ack is final; a delivery is settled once.</summary>
public sealed class AckTests
{
    [Theory, EveryStore]
    public async Task Ack_InTime_SettlesTheMessage(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        IConsumer<int> consumer = queue.Consumer<int>();

        Settlement settlement = await (await consumer.NextAsync()).AckAsync().Soon();

        settlement.Should().Be(Settlement.Acked);
        await harness.AdvanceAsync(TimeSpan.FromDays(1));
        await harness.ShouldBeEmptyAsync(consumer, "after the ack");
        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = 1, Delivered = 1 });
    }

    [Theory, ReopeningStores]
    public async Task Ack_Confirmed_IsFinalAcrossReopen(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 3);
        IConsumer<int> consumer = queue.Consumer<int>();
        (await (await consumer.NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked);

        await harness.ReopenAsync();

        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().Equal(2, 3);
        await harness.ReopenAsync();
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task Settle_ASecondTime_ReturnsLeaseLostAndChangesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        IConsumer<int> consumer = queue.Consumer<int>();
        Delivery<int> delivery = await consumer.NextAsync();
        await delivery.AckAsync().Soon();

        (await delivery.AckAsync().Soon()).Should().Be(Settlement.LeaseLost);
        (await delivery.NackAsync(TimeSpan.Zero).Soon()).Should().Be(Settlement.LeaseLost);
        (await delivery.DeadLetterAsync("late").Soon()).Should().Be(Settlement.LeaseLost);
        delivery.Extend(TimeSpan.FromMinutes(1)).Should().Be(Settlement.LeaseLost);

        await harness.ShouldBeEmptyAsync(consumer);
        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = 1, Delivered = 1 });
    }

    [Theory, EveryStore]
    public async Task Ack_AfterANack_ReturnsLeaseLostAndTheMessageComesAgain(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        IConsumer<int> consumer = queue.Consumer<int>();
        Delivery<int> delivery = await consumer.NextAsync();
        (await delivery.NackAsync(TimeSpan.Zero).Soon()).Should().Be(Settlement.Nacked);

        (await delivery.AckAsync().Soon()).Should().Be(Settlement.LeaseLost);

        Delivery<int> again = await consumer.NextAsync();
        again.Sequence.Should().Be(delivery.Sequence);
        (await again.AckAsync().Soon()).Should().Be(Settlement.Acked);
    }

    [Theory, EveryStore]
    public async Task Ack_FromManyThreadsAtOnce_SucceedsOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        Delivery<int> delivery = await queue.Consumer<int>().NextAsync();

        Settlement[] settlements = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(_ => Task.Run(() => delivery.AckAsync().AsTask()))).Soon();

        settlements.Count(s => s == Settlement.Acked).Should().Be(1);
        settlements.Count(s => s == Settlement.LeaseLost).Should().Be(15);
        queue.Statistics.Acked.Should().Be(1);
    }

    [Theory, ReopeningStores]
    public async Task Ack_OutOfOrder_IsKeptAcrossReopen(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 10);
        List<Delivery<int>> deliveries = await ReceiveAsync(queue.Consumer<int>(), 10);
        foreach (int index in (int[])[3, 5, 9, 0])
        {
            (await deliveries[index].AckAsync().Soon()).Should().Be(Settlement.Acked);
        }

        await harness.ReopenAsync();

        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().BeEquivalentTo([2, 3, 5, 7, 8, 9]);
    }

    [Theory, ReopeningStores]
    public async Task Ack_OfTheNewestOutOfOrder_DoesNotGiveItsNumberAgain(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 2);
        List<Delivery<int>> deliveries = await ReceiveAsync(queue.Consumer<int>(), 2);
        await deliveries[1].AckAsync().Soon();
        for (int opening = 1; opening <= 3; opening++)
        {
            // A commit of another queue's, after which the store forgets what is settled; nobody has read on in this one.
            await harness.ReopenAsync();
            await harness.Broker.Queue("others").Producer<int>().SendAsync(0).Soon();
            await harness.ReopenAsync();
            queue = harness.Broker.Queue("orders");

            Receipt receipt = await queue.Producer<int>().SendAsync(10 * opening).Soon();

            receipt.Sequence.Should().Be(2 + opening);
            await harness.SettleAsync();
            queue.Statistics.Ready.Should().Be(2, $"it is opening {opening}");
            deliveries = await ReceiveAsync(queue.Consumer<int>(), 2);
            deliveries.Select(d => d.Body).Should().Equal(1, 10 * opening);
            await deliveries[1].AckAsync().Soon();
        }
    }

    [Theory, ReopeningStores]
    public async Task Ack_ARandomHalfInRandomOrder_LeavesExactlyTheOthersAcrossReopen(StoreKind store)
    {
        const int Seed = 20300101;
        var random = new Random(Seed);
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 500);
        List<Delivery<int>> deliveries = await ReceiveAsync(queue.Consumer<int>(), 500);
        Delivery<int>[] shuffled = [.. deliveries];
        random.Shuffle(shuffled);
        await Task.WhenAll(shuffled.Take(250).Select(d => d.AckAsync().AsTask())).Soon();
        int[] expected = [.. shuffled.Skip(250).Select(d => d.Body).Order()];

        await harness.ReopenAsync();

        IQueue reopened = harness.Broker.Queue("orders");
        await harness.SettleAsync();
        reopened.Statistics.Ready.Should().Be(250, $"seed {Seed}");
        (await harness.DrainAsync<int>(reopened)).Should().BeEquivalentTo(expected, $"seed {Seed}");
    }

    [Theory, EveryStore]
    public async Task Ack_OfTheGapAtTheFront_MovesOnOverAllThatIsSettled(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 10);
        IConsumer<int> consumer = queue.Consumer<int>();
        List<Delivery<int>> deliveries = await ReceiveAsync(consumer, 10);
        await deliveries[0].NackAsync(TimeSpan.Zero).Soon();
        await Task.WhenAll(deliveries.Skip(1).Select(d => d.AckAsync().AsTask())).Soon();

        Delivery<int> first = await consumer.NextAsync();
        (first.Body, first.Attempt).Should().Be((1, 2));
        await first.AckAsync().Soon();

        await harness.SettleAsync();
        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = 10, Delivered = 11, Redelivered = 1 });
        await queue.Producer<int>().SendAsync(11).Soon();
        (await harness.DrainAsync<int>(queue)).Should().Equal(11);
    }

    [Theory, EveryStore]
    public async Task OnReceive_Received_IsAckedBeforeItIsHandedOver(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 2);
        IConsumer<int> consumer = queue.Consumer<int>(new() { AckMode = AckMode.OnReceive });

        Delivery<int> delivery = await consumer.NextAsync();

        delivery.Body.Should().Be(1);
        queue.Statistics.Should().Be(new SubscriptionStatistics { Ready = 1, Acked = 1, Delivered = 1 });
        (await delivery.AckAsync().Soon()).Should().Be(Settlement.LeaseLost);
        (await delivery.NackAsync().Soon()).Should().Be(Settlement.LeaseLost);
        await consumer.DisposeAsync().Soon();
        await harness.AdvanceAsync(TimeSpan.FromDays(1));
        (await harness.DrainAsync<int>(queue)).Should().Equal(2);
    }

    [Theory, ReopeningStores]
    public async Task OnReceive_Received_IsNotThereAfterReopen(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 3);
        IConsumer<int> consumer = queue.Consumer<int>(new() { AckMode = AckMode.OnReceive });
        (await consumer.NextAsync()).Body.Should().Be(1);

        await harness.ReopenAsync();

        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().Equal(2, 3);
    }

    private static async Task<IQueue> QueueOfAsync(BrokerHarness harness, int count)
    {
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, count).Select(i => new Message<int>(i))]).Soon();
        return queue;
    }

    private static async Task<List<Delivery<int>>> ReceiveAsync(IConsumer<int> consumer, int count)
    {
        var deliveries = new List<Delivery<int>>();
        while (deliveries.Count < count)
        {
            deliveries.Add(await consumer.NextAsync());
        }

        return deliveries;
    }
}
