namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 6: what was given up can be redriven or purged, all or by choice.</summary>
public sealed class RedriveTests
{
    [Theory, EveryStore]
    public async Task Redrive_All_ReturnsThemWithTheirCountsAtZero(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero, maxFailures: 2) });
        Receipt receipt = await queue.Producer<int>().SendAsync(1, new() { Headers = new() { ["a"] = "b" } }).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        await (await consumer.NextAsync()).NackAsync().Soon();
        await (await consumer.NextAsync()).NackAsync().Soon();
        queue.DeadLetters.Count.Should().Be(1);

        (await queue.DeadLetters.RedriveAsync().Soon()).Should().Be(1);

        queue.DeadLetters.Count.Should().Be(0);
        Delivery<int> delivery = await consumer.NextAsync();
        (delivery.Body, delivery.Attempt, delivery.Failures).Should().Be((1, 1, 0));
        delivery.MessageId.Should().Be(receipt.MessageId);
        delivery.Destination.Should().Be("orders");
        delivery.Headers.Should().Equal(new Dictionary<string, string> { ["a"] = "b" });
        await delivery.NackAsync().Soon();
        (await (await consumer.NextAsync()).NackAsync().Soon()).Should().Be(Settlement.DeadLettered, "the counts began anew");
        queue.DeadLetters.Count.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Redrive_ByPredicate_LeavesTheOthers(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfDeadAsync(harness, 6);

        (await queue.DeadLetters.RedriveAsync(d => d.ReadBody<int>() % 2 == 0).Soon()).Should().Be(3);

        (await harness.DrainAsync<int>(queue)).Should().Equal(2, 4, 6);
        (await queue.DeadLetters.PeekAsync().ToListAsync()).Select(d => d.ReadBody<int>()).Should().Equal(1, 3, 5);
        queue.DeadLetters.Count.Should().Be(3);
        (await queue.DeadLetters.RedriveAsync(_ => false).Soon()).Should().Be(0);
    }

    [Theory, ReopeningStores]
    public async Task Redrive_Done_IsKeptAcrossReopen(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfDeadAsync(harness, 3);
        await queue.DeadLetters.RedriveAsync(d => d.ReadBody<int>() == 2).Soon();

        await harness.ReopenAsync();

        queue = harness.Broker.Queue("orders");
        queue.DeadLetters.Count.Should().Be(2);
        (await harness.DrainAsync<int>(queue)).Should().Equal(2);
        (await queue.DeadLetters.RedriveAsync().Soon()).Should().Be(2);
        (await harness.DrainAsync<int>(queue)).Should().Equal(1, 3);
        await harness.ReopenAsync();
        harness.Broker.Queue("orders").DeadLetters.Count.Should().Be(0);
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().BeEmpty();
    }

    [Theory, ReopeningStores]
    public async Task Redrive_OfTheNewest_DoesNotGiveItsNumberAgain(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfDeadAsync(harness, 2);
        await queue.DeadLetters.RedriveAsync(d => d.ReadBody<int>() == 2).Soon();
        for (int opening = 1; opening <= 3; opening++)
        {
            // A commit of another queue's, after which the store forgets what is settled; nobody has read on in this one.
            await harness.ReopenAsync();
            await harness.Broker.Queue("others").Producer<int>().SendAsync(0).Soon();
            await harness.ReopenAsync();
            queue = harness.Broker.Queue("orders");
            queue.DeadLetters.Count.Should().Be(opening, $"it is opening {opening}");

            await (await queue.Consumer<int>().NextAsync()).DeadLetterAsync("again").Soon();

            queue.DeadLetters.Count.Should().Be(opening + 1);
            (await queue.DeadLetters.PeekAsync().ToListAsync()).Select(d => d.ReadBody<int>()).Should().Contain(1).And.HaveCount(opening + 1);
            await queue.Producer<int>().SendAsync(opening + 2).Soon();
        }
    }

    [Theory, EveryStore]
    public async Task Redrive_OfATopicsSubscription_ReturnsThemToThatOneOnly(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription billing = await harness.Broker.SubscribeAsync("orders.*", "billing").Soon();
        ISubscription audit = await harness.Broker.SubscribeAsync("orders.*", "audit").Soon();
        await harness.Broker.Topic("orders.eu").Producer<int>().SendAsync(1).Soon();
        await (await billing.Consumer<int>().NextAsync()).DeadLetterAsync("no").Soon();
        (await harness.DrainAsync<int>(audit)).Should().Equal(1);

        (await billing.DeadLetters.RedriveAsync().Soon()).Should().Be(1);

        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
            billing = await harness.Broker.SubscribeAsync("orders.*", "billing").Soon();
            audit = await harness.Broker.SubscribeAsync("orders.*", "audit").Soon();
        }

        Delivery<int> delivery = await billing.Consumer<int>().NextAsync();
        (delivery.Body, delivery.Attempt, delivery.Failures, delivery.Destination).Should().Be((1, 1, 0, "orders.eu"));
        (await delivery.AckAsync().Soon()).Should().Be(Settlement.Acked);
        await harness.ShouldBeEmptyAsync(audit.Consumer<int>());
        (billing.Statistics.Ready, billing.Statistics.Dead, audit.Statistics.Ready).Should().Be((0, 0, 0));
    }

    [Theory, EveryStore]
    public async Task Redrive_OfNothing_ReturnsZero(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);

        (await harness.Broker.Queue("orders").DeadLetters.RedriveAsync().Soon()).Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task Redrive_PredicateThrows_ThrowsItAndLosesNone(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfDeadAsync(harness, 3);

        Func<Task> redrive = () => queue.DeadLetters
            .RedriveAsync(d => d.ReadBody<int>() == 2 ? throw new InvalidTimeZoneException() : true).Soon();

        await redrive.Should().ThrowAsync<InvalidTimeZoneException>();
        await harness.SettleAsync();
        (queue.DeadLetters.Count + queue.Statistics.Ready).Should().Be(3);
        (await queue.DeadLetters.RedriveAsync().Soon()).Should().BeInRange(2, 3);
        (await harness.DrainAsync<int>(queue)).Should().BeEquivalentTo([1, 2, 3]);
    }

    [Theory, EveryStore]
    public async Task Redrive_ManyDeadLetters_MovesThemAll(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, 1_000).Select(i => new Message<int>(i))]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        var settled = new List<Task<Settlement>>();
        for (int i = 0; i < 1_000; i++)
        {
            settled.Add((await consumer.NextAsync()).DeadLetterAsync("no").AsTask());
        }

        await Task.WhenAll(settled).Soon();
        queue.DeadLetters.Count.Should().Be(1_000);
        await consumer.DisposeAsync();

        (await queue.DeadLetters.RedriveAsync().Soon()).Should().Be(1_000);

        (await harness.DrainAsync<int>(queue)).Should().Equal(Enumerable.Range(1, 1_000));
        queue.Statistics.Dead.Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task Purge_All_DeletesThem(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfDeadAsync(harness, 4);

        (await queue.DeadLetters.PurgeAsync().Soon()).Should().Be(4);

        queue.DeadLetters.Count.Should().Be(0);
        queue.Statistics.Dead.Should().Be(0);
        (await queue.DeadLetters.RedriveAsync().Soon()).Should().Be(0);
        await harness.ShouldBeEmptyAsync(queue.Consumer<int>());
    }

    [Theory, ReopeningStores]
    public async Task Purge_ByPredicate_IsKeptAcrossReopen(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfDeadAsync(harness, 5);

        (await queue.DeadLetters.PurgeAsync(d => d.ReadBody<int>() is 1 or 3 or 5).Soon()).Should().Be(3);
        await harness.ReopenAsync();

        queue = harness.Broker.Queue("orders");
        (await queue.DeadLetters.PeekAsync().ToListAsync()).Select(d => d.ReadBody<int>()).Should().Equal(2, 4);
        queue.DeadLetters.Count.Should().Be(2);
    }

    [Theory, EveryStore]
    public async Task Purge_WhileMessagesAreInFlight_TouchesOnlyDeadLetters(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfDeadAsync(harness, 2);
        await queue.Producer<int>().SendBatchAsync([new(10), new(11)]).Soon();
        Delivery<int> held = await queue.Consumer<int>().NextAsync();

        (await queue.DeadLetters.PurgeAsync().Soon()).Should().Be(2);

        (await held.AckAsync().Soon()).Should().Be(Settlement.Acked);
        (await harness.DrainAsync<int>(queue)).Should().Equal(11);
    }

    private static async Task<IQueue> QueueOfDeadAsync(BrokerHarness harness, int count)
    {
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, count).Select(i => new Message<int>(i))]).Soon();
        await using IConsumer<int> consumer = queue.Consumer<int>();
        for (int i = 0; i < count; i++)
        {
            await (await consumer.NextAsync()).DeadLetterAsync("no").Soon();
        }

        return queue;
    }
}
