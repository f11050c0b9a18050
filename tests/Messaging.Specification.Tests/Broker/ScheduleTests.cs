namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 7: scheduled messages are never early, survive a restart, and can be cancelled.</summary>
public sealed class ScheduleTests
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);

    [Theory, EveryStore]
    public async Task Scheduled_UntilItsTime_IsNotDelivered(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int> consumer = queue.Consumer<int>();
        DateTimeOffset sentAt = harness.Time.GetUtcNow();

        Receipt receipt = await queue.Producer<int>().SendAsync(1, new() { Delay = _minute }).Soon();

        receipt.Sequence.Should().Be(0, "it gets its number when it is due");
        receipt.Durability.Should().Be(harness.BestDurability);
        await harness.AdvanceAsync(_minute - _tick);
        await harness.ShouldBeEmptyAsync(consumer, "one tick before its time");
        queue.Statistics.Should().Be(new SubscriptionStatistics { Scheduled = 1 });
        await harness.AdvanceAsync(_tick);
        Delivery<int> delivery = await consumer.NextAsync();
        (delivery.Body, delivery.Sequence, delivery.Attempt, delivery.Failures).Should().Be((1, 1, 1, 0));
        delivery.MessageId.Should().Be(receipt.MessageId);
        delivery.SentAt.Should().Be(sentAt);
        queue.Statistics.Scheduled.Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task Scheduled_Several_EnterInTheOrderOfTheirTimes(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        foreach (int seconds in (int[])[30, 10, 20])
        {
            await queue.Producer<int>().SendAsync(seconds, new() { Delay = TimeSpan.FromSeconds(seconds) }).Soon();
        }

        await harness.AdvanceAsync(_minute);

        (await harness.DrainAsync<int>(queue)).Should().Equal(10, 20, 30);
    }

    [Theory, EveryStore]
    public async Task Scheduled_ForTheSameTime_EnterInTheOrderOfSending(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        for (int i = 0; i < 50; i++)
        {
            await queue.Producer<int>().SendAsync(i, new() { Delay = _minute }).Soon();
        }

        await harness.AdvanceAsync(_minute);

        (await harness.DrainAsync<int>(queue)).Should().Equal(Enumerable.Range(0, 50));
    }

    [Theory, EveryStore]
    public async Task Scheduled_ManyAtRandom_EachEntersInItsStep(StoreKind store)
    {
        const int Seed = 424242;
        var random = new Random(Seed);
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        int[] dueSeconds = [.. Enumerable.Range(0, 500).Select(_ => random.Next(1, 200))];
        await queue.Producer<int>().SendBatchAsync(
            [.. dueSeconds.Select(s => new Message<int>(s, new() { Delay = TimeSpan.FromSeconds(s) }))]).Soon();

        for (int now = 0; now < 200;)
        {
            int step = random.Next(1, 40);
            await harness.AdvanceAsync(TimeSpan.FromSeconds(step));
            (await harness.DrainAsync<int>(queue)).Should()
                .Equal(dueSeconds.Where(s => s > now && s <= now + step).Order(), $"seed {Seed}, from {now} s by {step} s");
            now += step;
        }

        queue.Statistics.Scheduled.Should().Be(0);
    }

    [Theory, ReopeningStores]
    public async Task Scheduled_AcrossReopen_ComesExactlyInTime(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        DateTimeOffset sentAt = harness.Time.GetUtcNow();
        Receipt receipt = await harness.Broker.Queue("orders").Producer<Order>()
            .SendAsync(new Order(1, "Ada"), new() { Delay = _minute, Headers = new() { ["a"] = "b" } }).Soon();
        await harness.AdvanceAsync(_minute / 2);

        await harness.ReopenAsync();

        IQueue queue = harness.Broker.Queue("orders");
        queue.Statistics.Scheduled.Should().Be(1);
        IConsumer<Order> consumer = queue.Consumer<Order>();
        await harness.AdvanceAsync((_minute / 2) - _tick);
        await harness.ShouldBeEmptyAsync(consumer, "one tick before its time");
        await harness.AdvanceAsync(_tick);
        Delivery<Order> delivery = await consumer.NextAsync();
        (delivery.Body, delivery.MessageId, delivery.SentAt).Should().Be((new Order(1, "Ada"), receipt.MessageId, sentAt));
        delivery.Headers.Should().Equal(new Dictionary<string, string> { ["a"] = "b" });
        (await delivery.AckAsync().Soon()).Should().Be(Settlement.Acked);
        await harness.ReopenAsync();
        (await harness.DrainAsync<Order>(harness.Broker.Queue("orders"))).Should().BeEmpty("it entered once");
    }

    [Theory, ReopeningStores]
    public async Task Scheduled_DueWhileClosed_ComesAtReopenInOrder(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IProducer<int> producer = harness.Broker.Queue("orders").Producer<int>();
        await producer.SendAsync(2, new() { Delay = _minute * 2 }).Soon();
        await producer.SendAsync(1, new() { Delay = _minute }).Soon();
        await producer.SendAsync(3, new() { Delay = _minute * 60 }).Soon();

        await harness.CloseAsync();
        harness.Time.Advance(_minute * 10);
        await harness.OpenAsync();

        IQueue queue = harness.Broker.Queue("orders");
        (await harness.DrainAsync<int>(queue)).Should().Equal(1, 2);
        queue.Statistics.Scheduled.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Cancel_BeforeItsTime_IsTrueOnceAndItNeverComes(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        Receipt receipt = await queue.Producer<int>().SendAsync(1, new() { Delay = _minute }).Soon();
        await queue.Producer<int>().SendAsync(2, new() { Delay = _minute }).Soon();

        (await harness.Broker.CancelAsync(receipt.MessageId).Soon()).Should().BeTrue();
        (await harness.Broker.CancelAsync(receipt.MessageId).Soon()).Should().BeFalse();

        queue.Statistics.Scheduled.Should().Be(1);
        await harness.AdvanceAsync(TimeSpan.FromDays(1));
        (await harness.DrainAsync<int>(queue)).Should().Equal(2);
    }

    [Theory, EveryStore]
    public async Task Cancel_OneTickBeforeItsTime_IsTrueAndItNeverComes(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        Receipt receipt = await queue.Producer<int>().SendAsync(1, new() { Delay = _minute }).Soon();
        await harness.AdvanceAsync(_minute - _tick);

        (await harness.Broker.CancelAsync(receipt.MessageId).Soon()).Should().BeTrue();

        await harness.AdvanceAsync(_minute);
        (await harness.DrainAsync<int>(queue)).Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task Cancel_AfterItsTime_IsFalseAndItComes(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        Receipt receipt = await queue.Producer<int>().SendAsync(1, new() { Delay = _minute }).Soon();
        await harness.AdvanceAsync(_minute);

        (await harness.Broker.CancelAsync(receipt.MessageId).Soon()).Should().BeFalse();

        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
    }

    [Theory, EveryStore]
    public async Task Cancel_OfWhatIsNotScheduled_IsFalse(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        Receipt receipt = await queue.Producer<int>().SendAsync(1).Soon();

        (await harness.Broker.CancelAsync(receipt.MessageId).Soon()).Should().BeFalse();
        (await harness.Broker.CancelAsync(MessageId.FromName("nobody")).Soon()).Should().BeFalse();

        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
    }

    [Theory, EveryStore]
    public async Task Cancel_FromManyThreadsAtOnce_IsTrueOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        Receipt receipt = await harness.Broker.Queue("orders").Producer<int>().SendAsync(1, new() { Delay = _minute }).Soon();

        bool[] cancelled = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(_ => Task.Run(() => harness.Broker.CancelAsync(receipt.MessageId).AsTask()))).Soon();

        cancelled.Count(c => c).Should().Be(1);
    }

    [Theory, ReopeningStores]
    public async Task Cancel_Confirmed_IsFinalAcrossReopen(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        Receipt receipt = await harness.Broker.Queue("orders").Producer<int>().SendAsync(1, new() { Delay = _minute }).Soon();
        (await harness.Broker.CancelAsync(receipt.MessageId).Soon()).Should().BeTrue();

        await harness.ReopenAsync();

        (await harness.Broker.CancelAsync(receipt.MessageId).Soon()).Should().BeFalse();
        await harness.AdvanceAsync(_minute);
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().BeEmpty();
    }

    [Theory, ReopeningStores]
    public async Task Cancel_AfterReopen_IsTrueAndItNeverComes(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        Receipt receipt = await harness.Broker.Queue("orders").Producer<int>().SendAsync(1, new() { Delay = _minute }).Soon();

        await harness.ReopenAsync();

        (await harness.Broker.CancelAsync(receipt.MessageId).Soon()).Should().BeTrue();
        await harness.AdvanceAsync(_minute);
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task MaxScheduled_Reached_RefusesUntilThereIsRoom(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store, o => o with { MaxScheduled = 2 });
        IQueue queue = harness.Broker.Queue("orders");
        IProducer<int> producer = queue.Producer<int>();
        Receipt first = await producer.SendAsync(1, new() { Delay = _minute }).Soon();
        await producer.SendAsync(2, new() { Delay = _minute }).Soon();

        Func<Task> third = () => producer.SendAsync(3, new() { Delay = _minute }).Soon();

        await third.Should().ThrowAsync<QueueFullException>();
        queue.Statistics.Scheduled.Should().Be(2);
        await producer.SendAsync(4).Soon();
        (await harness.Broker.CancelAsync(first.MessageId).Soon()).Should().BeTrue();
        await third.Should().NotThrowAsync();
        await harness.AdvanceAsync(_minute);
        await third.Should().NotThrowAsync("the due ones have left the schedule");
        (await harness.DrainAsync<int>(queue)).Should().Equal(4, 2, 3);
    }

    [Theory, EveryStore]
    public async Task Scheduled_ToATopic_ReachesWhoIsSubscribedAtItsTime(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription before = await harness.Broker.SubscribeAsync("orders.*", "before").Soon();
        await harness.Broker.Topic("orders.eu").Producer<int>().SendAsync(1, new() { Delay = _minute }).Soon();
        ISubscription between = await harness.Broker.SubscribeAsync("orders.*", "between").Soon();

        await harness.AdvanceAsync(_minute);

        ISubscription after = await harness.Broker.SubscribeAsync("orders.*", "after").Soon();
        (await harness.DrainAsync<int>(before)).Should().Equal(1);
        (await harness.DrainAsync<int>(between)).Should().Equal(1);
        (await harness.DrainAsync<int>(after)).Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task Scheduled_ForTheLongestDelay_IsAcceptedAndCancellable(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        Receipt receipt = await harness.Broker.Queue("orders").Producer<int>()
            .SendAsync(1, new() { Delay = TimeSpan.FromDays(3_650) }).Soon();

        await harness.AdvanceAsync(TimeSpan.FromDays(3_649));

        harness.Broker.Queue("orders").Statistics.Scheduled.Should().Be(1);
        (await harness.Broker.CancelAsync(receipt.MessageId).Soon()).Should().BeTrue();
    }
}
