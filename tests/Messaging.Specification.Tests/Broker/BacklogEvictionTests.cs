namespace Messaging.Specification.Tests.Broker;

/// <summary>Backlog limits that hold no sender up: the oldest goes, dropped or as a dead letter.</summary>
public sealed class BacklogEvictionTests
{
    [Theory, EveryStore]
    public async Task DropOldest_MaxMessagesReached_KeepsTheNewestAndCountsTheRest(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await SubscribeAsync(harness, new() { MaxMessages = 2, Action = BacklogAction.DropOldest });
        ISubscription quick = await harness.Broker.SubscribeAsync("orders", "quick").Soon();

        await SendAsync(harness, 1, 5);

        (await harness.DrainAsync<int>(quick)).Should().Equal([1, 2, 3, 4, 5], "another subscription's limit is not its own");
        (await harness.DrainAsync<int>(slow)).Should().Equal(4, 5);
        (slow.Statistics.Dropped, slow.DeadLetters.Count).Should().Be((3, 0));
    }

    [Theory, EveryStore]
    public async Task DropOldest_AllAreHeld_GoesOverTheLimitAndHoldsNoSenderUp(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await SubscribeAsync(harness, new() { MaxMessages = 1, Action = BacklogAction.DropOldest });
        IConsumer<int> consumer = slow.Consumer<int>();
        await SendAsync(harness, 1, 1);
        Delivery<int> held = await consumer.NextAsync();

        await SendAsync(harness, 2, 2);

        (await held.AckAsync().Soon()).Should().Be(Settlement.Acked, "what a consumer holds is not dropped");
        await harness.SettleAsync();
        slow.Statistics.Delivered.Should().Be(1);
        (slow.Statistics.Dropped + slow.Statistics.Ready).Should().Be(1, "the second one is there, or was dropped and counted");
    }

    [Theory, EveryStore]
    public async Task DropOldest_MaxBytesReached_DropsAsManyAsTheNewOneNeeds(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await SubscribeAsync(harness, new() { MaxBytes = 300, Action = BacklogAction.DropOldest });
        IProducer<byte[]> producer = harness.Broker.Topic("orders").Producer<byte[]>();
        for (int number = 1; number <= 3; number++)
        {
            await producer.SendAsync(Bodies.Hundred(number)).Soon();
        }

        await producer.SendAsync(Bodies.OfRecordSize(200, 4)).Soon();

        (await harness.DrainAsync<byte[]>(slow)).Select(Bodies.Number).Should().Equal(3, 4);
        slow.Statistics.Dropped.Should().Be(2);
    }

    [Theory, EveryStore]
    public async Task DropOldest_MaxAgeReached_DropsWhenItsTimeComesAndNotBefore(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await SubscribeAsync(harness, new() { MaxAge = TimeSpan.FromMinutes(10), Action = BacklogAction.DropOldest });
        await SendAsync(harness, 1, 1);
        await harness.AdvanceAsync(TimeSpan.FromMinutes(5));
        await SendAsync(harness, 2, 2);

        await harness.AdvanceAsync(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        slow.Statistics.Dropped.Should().Be(0);
        await harness.AdvanceAsync(TimeSpan.FromMilliseconds(1));

        slow.Statistics.Dropped.Should().Be(1);
        (await harness.DrainAsync<int>(slow)).Should().Equal(2);
    }

    [Theory, EveryStore]
    public async Task DeadLetterOldest_MaxMessagesReached_KeepsTheOldestAsDeadLettersWithTheReason(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await SubscribeAsync(harness, new() { MaxMessages = 2, Action = BacklogAction.DeadLetterOldest });

        await SendAsync(harness, 1, 4);

        await harness.SettleAsync();
        List<DeadLetter> dead = await slow.DeadLetters.PeekAsync().ToListAsync();
        dead.Select(letter => (letter.ReadBody<int>(), letter.Reason)).Should().Equal(
            (1, DeadLetterReason.BacklogLimit), (2, DeadLetterReason.BacklogLimit));
        (await harness.DrainAsync<int>(slow)).Should().Equal(3, 4);
        slow.Statistics.Dropped.Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task DeadLetterOldest_DeadLetterQueueIsFull_RefusesTheSendAndLosesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker.SubscribeAsync(
            "orders", "slow", new() { DeadLetterCapacity = 1, Backlog = new() { MaxMessages = 1, Action = BacklogAction.DeadLetterOldest } }).Soon();
        await SendAsync(harness, 1, 2);
        await harness.SettleAsync();

        (await this.Awaiting(_ => SendAsync(harness, 3, 3)).Should().ThrowAsync<QueueFullException>()).Which.Message.Should().Contain("dead-letter queue is full");

        (await slow.DeadLetters.PeekAsync().ToListAsync()).Select(letter => letter.ReadBody<int>()).Should().Equal(1);
        (await harness.DrainAsync<int>(slow)).Should().Equal(2);
    }

    [Theory, EveryStore]
    public async Task DeadLetterOldest_MaxAgeReached_TheDeadLetterStaysHoweverOld(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await SubscribeAsync(harness, new() { MaxAge = TimeSpan.FromMinutes(10), Action = BacklogAction.DeadLetterOldest });
        await SendAsync(harness, 1, 1);

        await harness.AdvanceAsync(TimeSpan.FromMinutes(10));
        await harness.AdvanceAsync(TimeSpan.FromDays(30));

        (slow.Statistics.Ready, slow.DeadLetters.Count).Should().Be((0, 1));
    }

    private static Task<ISubscription> SubscribeAsync(BrokerHarness harness, BacklogLimit limit) =>
        harness.Broker.SubscribeAsync("orders", "slow", new() { Backlog = limit }).Soon();

    private static async Task SendAsync(BrokerHarness harness, int first, int last)
    {
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        for (int number = first; number <= last; number++)
        {
            await producer.SendAsync(number).Soon();
        }
    }
}
