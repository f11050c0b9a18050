using Messaging.Testing;

namespace Messaging.Specification.Tests.Broker;

/// <summary>The wall clock makes a step, as a time server or a user sets it: what waits for its time waits as long as it was to, over openings too.</summary>
public sealed class WallClockTests
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan _part = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);

    [Theory, ReopeningStores]
    public async Task Delay_SentBeforeAStepForwards_EndsAtItsTimeAfterReopen(StoreKind store) => await SendStepAndReopenAsync(store, TimeSpan.FromHours(8), stepsFirst: false);

    [Theory, ReopeningStores]
    public async Task Delay_SentBeforeAStepBack_EndsAtItsTimeAfterReopen(StoreKind store) => await SendStepAndReopenAsync(store, TimeSpan.FromHours(-8), stepsFirst: false);

    [Theory, ReopeningStores]
    public async Task Delay_SentAfterAStepForwards_EndsAtItsTimeAfterReopen(StoreKind store) => await SendStepAndReopenAsync(store, TimeSpan.FromHours(8), stepsFirst: true);

    [Theory, ReopeningStores]
    public async Task Delay_SentAfterAStepBack_EndsAtItsTimeAfterReopen(StoreKind store) => await SendStepAndReopenAsync(store, TimeSpan.FromHours(-8), stepsFirst: true);

    [Theory, ReopeningStores]
    public async Task Delay_OverSeveralStepsAndOpenings_EndsAtItsTime(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.Queue("orders").Producer<int>().SendAsync(1, new() { Delay = _hour }).Soon();
        foreach (int hours in (int[])[8, -20, 400, -388])
        {
            await harness.AdvanceAsync(_part);
            harness.Time.SetWallClock(TimeSpan.FromHours(hours));
            await harness.ReopenAsync();
        }

        await ShouldComeAfterAsync(harness, _hour - (4 * _part));
    }

    [Theory, ReopeningStores]
    public async Task Retry_WaitingAtAStepForwards_ComesAtItsTimeAfterReopen(StoreKind store) => await NackStepAndReopenAsync(store, TimeSpan.FromHours(8));

    [Theory, ReopeningStores]
    public async Task Retry_WaitingAtAStepBack_ComesAtItsTimeAfterReopen(StoreKind store) => await NackStepAndReopenAsync(store, TimeSpan.FromHours(-8));

    [Theory, EveryStore]
    public async Task Step_WhileTheBrokerRuns_EndsNoLeaseAndMovesNoDelay(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await using IConsumer<int> consumer = queue.Consumer<int>();
        await queue.Producer<int>().SendAsync(1, new() { Delay = _hour }).Soon();
        await queue.Producer<int>().SendAsync(2).Soon();
        Delivery<int> held = await consumer.NextAsync();

        harness.Time.SetWallClock(TimeSpan.FromDays(1));
        await queue.Producer<int>().SendAsync(3).Soon();
        Delivery<int> after = await consumer.NextAsync();

        (await held.AckAsync().Soon()).Should().Be(Settlement.Acked);
        (await after.AckAsync().Soon()).Should().Be(Settlement.Acked);
        harness.Time.SetWallClock(TimeSpan.FromDays(-2));
        await harness.AdvanceAsync(_hour - _tick);
        await harness.ShouldBeEmptyAsync(consumer, "a tick before its time");
        await harness.AdvanceAsync(_tick);
        (await consumer.NextAsync()).Body.Should().Be(1);
    }

    [Theory, ReopeningStores]
    public async Task Step_WhileNoBrokerRuns_CountsAsTimeThatHasPassed(StoreKind store)
    {
        // Nobody could tell it from that.
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.Queue("orders").Producer<int>().SendAsync(1, new() { Delay = _hour }).Soon();
        await harness.CloseAsync();

        harness.Time.SetWallClock(_part);
        await harness.OpenAsync();

        await ShouldComeAfterAsync(harness, _hour - _part);
    }

    [Fact]
    public async Task Step_ThatACommitHasNoted_HoldsAfterADeath()
    {
        await using TestBroker test = await StartAndDelayAsync();
        test.Time.SetWallClock(TimeSpan.FromHours(8));
        await test.Broker.Queue("other").Producer<int>().SendAsync(2);

        await test.CrashAndReopenAsync();

        await ShouldComeAfterAsync(test, _hour);
    }

    [Fact]
    public async Task Step_ThatNoCommitHasNoted_CountsAsTimeThatHasPassedAfterADeath()
    {
        await using TestBroker test = await StartAndDelayAsync();
        test.Time.SetWallClock(_part);

        await test.CrashAndReopenAsync();

        await ShouldComeAfterAsync(test, _hour - _part);
    }

    [Theory, ReopeningStores]
    public async Task Times_ThatAreShown_AreThoseOfTheWallClock(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.Queue("orders").Producer<int>().SendAsync(0).Soon();
        DateTimeOffset before = harness.Time.GetUtcNow();
        harness.Time.SetWallClock(TimeSpan.FromHours(8));
        DateTimeOffset sentAt = harness.Time.GetUtcNow();
        await harness.Broker.Queue("orders").Producer<int>().SendAsync(1).Soon();
        await harness.AdvanceAsync(_part);
        await harness.ReopenAsync();

        IQueue queue = harness.Broker.Queue("orders");
        await using (IConsumer<int> consumer = queue.Consumer<int>())
        {
            (await consumer.NextAsync()).SentAt.Should().Be(before);
            Delivery<int> delivery = await consumer.NextAsync();
            delivery.SentAt.Should().Be(sentAt);
            (await delivery.DeadLetterAsync("It is not wanted.").Soon()).Should().Be(Settlement.DeadLettered);
        }

        queue.LastActivity.Should().Be(sentAt + _part);
        await harness.AdvanceAsync(_part);
        await harness.ReopenAsync();
        harness.Broker.Queue("orders").LastActivity.Should().Be(sentAt + _part);
        DeadLetter letter = await harness.Broker.Queue("orders").DeadLetters.PeekAsync().SingleAsync();
        (letter.SentAt, letter.DeadLetteredAt).Should().Be((sentAt, sentAt + _part));
    }

    [Theory, EveryStore]
    public async Task SentAt_AfterAStep_IsTheWallClocks(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        harness.Time.SetWallClock(TimeSpan.FromHours(-8));
        DateTimeOffset sentAt = harness.Time.GetUtcNow();

        await harness.Broker.Queue("orders").Producer<int>().SendAsync(1).Soon();

        await using IConsumer<int> consumer = harness.Broker.Queue("orders").Consumer<int>();
        (await consumer.NextAsync()).SentAt.Should().Be(sentAt);
    }

    [Theory, EveryStore]
    public async Task MaxAge_OverSteps_CountsTheTimeThatPasses(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription aging = await harness.Broker.SubscribeAsync(
            "news", "aging", new SubscriptionOptions { Backlog = new BacklogLimit { MaxAge = _hour, Action = BacklogAction.DropOldest } }).Soon();
        IProducer<int> producer = harness.Broker.Topic("news").Producer<int>();
        await producer.SendAsync(1).Soon();
        harness.Time.SetWallClock(TimeSpan.FromHours(8));
        await harness.AdvanceAsync(_part);
        await producer.SendAsync(2).Soon();
        harness.Time.SetWallClock(TimeSpan.FromHours(-16));
        await harness.AdvanceAsync(_part);
        await producer.SendAsync(3).Soon();

        await harness.AdvanceAsync(_hour - (2 * _part) - _tick);
        aging.Statistics.Dropped.Should().Be(0);
        foreach (int dropped in (int[])[1, 2, 3])
        {
            await harness.AdvanceAsync(dropped == 1 ? _tick : _part);
            aging.Statistics.Dropped.Should().Be(dropped);
        }
    }

    private static async Task SendStepAndReopenAsync(StoreKind store, TimeSpan step, bool stepsFirst)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        if (stepsFirst)
        {
            harness.Time.SetWallClock(step);
        }

        await harness.Broker.Queue("orders").Producer<int>().SendAsync(1, new() { Delay = _hour }).Soon();
        await harness.AdvanceAsync(_part);
        if (!stepsFirst)
        {
            harness.Time.SetWallClock(step);
        }

        await harness.ReopenAsync();

        await ShouldComeAfterAsync(harness, _hour - _part);
    }

    private static async Task NackStepAndReopenAsync(StoreKind store, TimeSpan step)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        await using (IConsumer<int> consumer = queue.Consumer<int>())
        {
            (await (await consumer.NextAsync()).NackAsync(_hour).Soon()).Should().Be(Settlement.Nacked);
        }

        await harness.AdvanceAsync(_part);
        harness.Time.SetWallClock(step);
        await harness.ReopenAsync();

        await ShouldComeAfterAsync(harness, _hour - _part);
    }

    private static async Task ShouldComeAfterAsync(BrokerHarness harness, TimeSpan wait)
    {
        await using IConsumer<int> consumer = harness.Broker.Queue("orders").Consumer<int>();
        await harness.AdvanceAsync(wait - _tick);
        await harness.ShouldBeEmptyAsync(consumer, "a tick before its time");
        await harness.AdvanceAsync(_tick);
        (await consumer.NextAsync()).Body.Should().Be(1);
    }

    private static async Task<TestBroker> StartAndDelayAsync()
    {
        TestBroker test = TestBroker.Start();
        await test.Broker.Queue("orders").Producer<int>().SendAsync(1, new() { Delay = _hour });
        return test;
    }

    private static async Task ShouldComeAfterAsync(TestBroker test, TimeSpan wait)
    {
        await using IConsumer<int> consumer = test.Broker.Queue("orders").Consumer<int>();
        await test.AdvanceAsync(wait - _tick);
        consumer.TryReceive(out _).Should().BeFalse("its time has not come by a tick");
        await test.AdvanceAsync(_tick);
        consumer.TryReceive(out Delivery<int> delivery).Should().BeTrue();
        delivery.Body.Should().Be(1);
    }
}
