using Messaging.Specification.Tests.Broker;
using Messaging.Specification.Tests.Doors.Hostile;

namespace Messaging.Specification.Tests.Doors;

/// <summary>The door to the clock. Contract line 13: a reading may throw, and the last good time is used; a timer that cannot be set is set again.</summary>
public sealed class ClockDoorTests
{
    private static readonly SendOptions _inASecond = new() { Delay = TimeSpan.FromSeconds(1) };

    [Theory, EveryStore]
    public async Task Reading_Throwing_GoesOnWithTheLastGoodTime(StoreKind store)
    {
        (BrokerHarness harness, DoorClock clock) = await StartAsync(store);
        await using BrokerHarness closed = harness;
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int> consumer = queue.Consumer<int>();
        clock.Reading = static () => throw new InvalidOperationException("the clock's own fault");

        await queue.Producer<int>().SendAsync(1).Soon();
        await queue.Producer<int>().SendAsync(2, _inASecond).Soon();
        (await (await consumer.NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked);
        await Neighbours.AdvanceAsync(harness.Time, TimeSpan.FromSeconds(2));

        clock.Reading = null;
        await Neighbours.AdvanceUntilAsync(harness, () => queue.Statistics.Ready == 1);
        (await consumer.NextAsync()).Body.Should().Be(2, "no alarm is lost to a clock that could not be read");
        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Reading_ThrowingOnceAtATime_LosesNothing(StoreKind store)
    {
        for (int reading = 1; reading <= 12; reading++)
        {
            (BrokerHarness harness, DoorClock clock) = await StartAsync(store);
            await using BrokerHarness closed = harness;
            IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(1)) });
            IConsumer<int> consumer = queue.Consumer<int>(new ConsumerOptions { LeaseDuration = TimeSpan.FromSeconds(1) });
            int left = reading;
            clock.Reading = () => _ = Interlocked.Decrement(ref left) == 0 ? throw new InvalidOperationException("the clock's own fault") : 0;

            await queue.Producer<int>().SendAsync(1).Soon();
            await consumer.NextAsync();
            await Neighbours.AdvanceUntilAsync(harness, () => queue.Statistics.Ready == 1);
            (await consumer.NextAsync()).Failures.Should().Be(1, $"the lease ended, though reading {reading} failed");
            await Neighbours.ShouldGoOnAsync(harness);
        }
    }

    [Theory, EveryStore]
    public async Task CreateTimer_Throwing_RefusesToOpenAndOpensLater(StoreKind store)
    {
        bool throws = true;
        DoorClock? clock = null;
        BrokerOptions Configure(BrokerOptions options)
        {
            clock = new DoorClock(options.TimeProvider) { Creating = () => _ = throws ? throw new InvalidOperationException("the clock's own fault") : 0 };
            return options with { TimeProvider = clock };
        }

        await FluentActions.Awaiting(() => BrokerHarness.StartAsync(store, Configure)).Should().ThrowAsync<InvalidOperationException>();

        throws = false;
        await using var harness = await BrokerHarness.StartAsync(store, Configure);
        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Fact]
    public async Task CreateTimer_Throwing_ClosesTheStore()
    {
        var store = new DoorStore();
        var clock = new DoorClock(TimeProvider.System) { Creating = static () => throw new InvalidOperationException("the clock's own fault") };

        await FluentActions.Awaiting(() => MessageBroker.OpenAsync(store, new BrokerOptions { TimeProvider = clock }).AsTask())
            .Should().ThrowAsync<InvalidOperationException>();

        store.Closed.Should().Be(1, "the broker owns the store, also when opening fails");
    }

    [Theory, EveryStore]
    public async Task Change_Throwing_IsTriedAgain(StoreKind store)
    {
        (BrokerHarness harness, DoorClock clock) = await StartAsync(store);
        await using BrokerHarness closed = harness;
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int> consumer = queue.Consumer<int>();
        int left = 1;
        clock.Changing = () => _ = Interlocked.Decrement(ref left) >= 0 ? throw new InvalidOperationException("the clock's own fault") : 0;

        await queue.Producer<int>().SendAsync(1, _inASecond).Soon();
        await queue.Producer<int>().SendAsync(2, new SendOptions { Delay = TimeSpan.FromSeconds(2) }).Soon();
        await Neighbours.AdvanceUntilAsync(harness, () => queue.Statistics.Ready == 2);

        (await consumer.NextAsync()).Body.Should().Be(1);
        (await consumer.NextAsync()).Body.Should().Be(2);
        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Change_UsingTheBroker_ComesBack(StoreKind store)
    {
        (BrokerHarness harness, DoorClock clock) = await StartAsync(store);
        await using BrokerHarness closed = harness;
        IQueue queue = harness.Broker.Queue("orders");
        var reentry = new Reentry(() => harness.Broker);
        clock.Changing = reentry.Run;

        await Neighbours.OnThread(() => queue.Producer<int>().SendAsync(1, _inASecond).AsTask()).Soon();

        await reentry.ShouldHaveEndedAsync();
        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Clock_LeavingAmbientState_LeavesItToNobody(StoreKind store)
    {
        (BrokerHarness harness, DoorClock clock) = await StartAsync(store);
        await using BrokerHarness closed = harness;
        clock.Reading = Ambient.Leave;
        clock.Changing = Ambient.Leave;

        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Change_SayingThatItFailed_ChangesNothing(StoreKind store)
    {
        (BrokerHarness harness, DoorClock clock) = await StartAsync(store);
        await using BrokerHarness closed = harness;
        clock.DeniesChanges = true;

        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Reading_GoingBackwards_LosesNothing(StoreKind store)
    {
        (BrokerHarness harness, DoorClock clock) = await StartAsync(store);
        await using BrokerHarness closed = harness;
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int> consumer = queue.Consumer<int>();
        await Neighbours.AdvanceAsync(harness.Time, TimeSpan.FromHours(2));
        clock.Shifting = static now => now - TimeSpan.TicksPerHour;
        await queue.Producer<int>().SendAsync(1).Soon();
        (await (await consumer.NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked);
        await queue.Producer<int>().SendAsync(2, _inASecond).Soon();

        clock.Shifting = null;
        await Neighbours.AdvanceUntilAsync(harness, () => queue.Statistics.Ready == 1);

        (await consumer.NextAsync()).Body.Should().Be(2);
        await Neighbours.ShouldGoOnAsync(harness);
    }

    private static async Task<(BrokerHarness Harness, DoorClock Clock)> StartAsync(StoreKind store)
    {
        DoorClock? clock = null;
        BrokerHarness harness = await BrokerHarness.StartAsync(store, options => options with { TimeProvider = clock = new DoorClock(options.TimeProvider) });
        return (harness, clock!);
    }
}
