using Messaging.Diagnostics;
using Messaging.Scheduling;
using Messaging.Testing;
using Messaging.TestSupport;

namespace Messaging.Engine.Tests.Scheduling;

public sealed class BrokerClockTests
{
    [Theory]
    [InlineData(10_000_000)]
    [InlineData(1_000_000_000)]
    [InlineData(3_579_545)]
    public void WallClock_SteppedBothWays_ChangesNothing(long frequency)
    {
        var time = new SteppingTimeProvider(frequency);
        var clock = new BrokerClock(time);
        long start = clock.Now;
        start.Should().Be(time.Wall.UtcTicks);

        time.Wall += TimeSpan.FromDays(400);
        clock.Now.Should().Be(start);
        time.Wall -= TimeSpan.FromDays(800);
        clock.Now.Should().Be(start);
    }

    [Fact]
    public void LookAtWall_AfterASmallAndALargeStep_NotesTheLargeOne()
    {
        var time = new SteppingTimeProvider(TimeSpan.TicksPerSecond);
        var clock = new BrokerClock(time);

        time.Wall += new TimeSpan(BrokerClock.LeastStep - 1);
        clock.LookAtWall().Should().Be(0);
        time.Wall -= TimeSpan.FromDays(2);

        clock.WallOffset.Should().Be(0, "nobody has looked");
        clock.LookAtWall().Should().Be(BrokerClock.LeastStep - 1 - TimeSpan.FromDays(2).Ticks);
        time.Wall += new TimeSpan(1);
        clock.LookAtWall(isExact: true).Should().Be(BrokerClock.LeastStep - TimeSpan.FromDays(2).Ticks);
    }

    [Fact]
    public void Start_WithANotedOffset_GoesOnInTheSameTime()
    {
        var time = new SteppingTimeProvider(TimeSpan.TicksPerSecond);
        var clock = new BrokerClock(time, wallOffset: -TimeSpan.TicksPerHour);

        clock.Now.Should().Be(time.Wall.UtcTicks + TimeSpan.TicksPerHour);
        clock.ToWall(clock.Now).Should().Be(time.Wall.UtcTicks);
        clock.Coarse.Should().Be(clock.Now);
        clock.ToWallAsSeen(clock.Coarse).Should().Be(time.Wall.UtcTicks);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Start_WithAnOffsetThatLeavesTheCalendar_BeginsAnew(long offset)
    {
        var time = new SteppingTimeProvider(TimeSpan.TicksPerSecond);

        new BrokerClock(time, wallOffset: offset).Now.Should().Be(time.Wall.UtcTicks);
    }

    [Fact]
    public void ToWall_OfAStepOfLessThanASecond_IsTheBrokersTime()
    {
        var time = new SteppingTimeProvider(TimeSpan.TicksPerSecond);
        var clock = new BrokerClock(time);

        time.Wall += new TimeSpan(TimeSpan.TicksPerSecond - 1);
        clock.ToWall(clock.Now).Should().Be(clock.Now);
        time.Wall += new TimeSpan(BrokerClock.LeastStep);
        clock.ToWall(clock.Now).Should().Be(time.Wall.UtcTicks);
    }

    [Theory]
    [InlineData(10_000_000)]
    [InlineData(1_000_000_000)]
    [InlineData(3_579_545)]
    public void MonotonicClock_AfterAnHour_HasMovedTheTimeByOne(long frequency)
    {
        var time = new SteppingTimeProvider(frequency);
        var clock = new BrokerClock(time);
        long start = clock.Now;

        time.Timestamp += 3_600 * frequency;

        (clock.Now - start).Should().BeInRange(TimeSpan.TicksPerHour - 1, TimeSpan.TicksPerHour);
    }

    [Fact]
    public void Clock_ThatThrows_GivesTheLastGoodTimeUntilItAnswersAgain()
    {
        var inner = new VirtualTime();
        var time = new FaultyTime(inner);
        var clock = new BrokerClock(time);
        inner.Advance(TimeSpan.FromSeconds(5));
        long good = clock.Now;

        time.FailReads(int.MaxValue);
        inner.Advance(TimeSpan.FromSeconds(5));

        (clock.Now, clock.Coarse, clock.NowFor(TimeSpan.TicksPerHour)).Should().Be((good, good, good));
        time.FailReads(0);
        clock.Now.Should().Be(good + (5 * TimeSpan.TicksPerSecond), "it answers again");
    }

    [Fact]
    public async Task Clock_ThatThrows_IsLoggedOnceForEachOutage()
    {
        var time = new FaultyTime(new VirtualTime());
        var log = new CountingLog();
        var work = new PooledWork();
        var clock = new BrokerClock(time, work, log);

        time.FailReads(3);
        for (int i = 0; i < 5; i++)
        {
            _ = clock.Now;
        }

        await work.WhenIdleAsync();
        log.Events.Should().Equal(33);
        time.FailReads(1);
        _ = clock.Now;

        await work.WhenIdleAsync();
        log.Events.Should().Equal(33, 33);
    }

    [Fact]
    public async Task Clock_ThatThrowsNowAndThenToManyThreads_NeverGoesBack()
    {
        var time = new UnreliableTime();
        var clock = new BrokerClock(time);
        long start = clock.Now;
        bool wentBack = false;
        void ReadMany()
        {
            long last = start;
            for (int i = 0; i < 200_000; i++)
            {
                long now = clock.Now;
                wentBack |= now < last;
                last = now;
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            ReadMany, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        wentBack.Should().BeFalse();
        clock.Now.Should().BeGreaterThan(start);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Clock_ThatAnswersNonsense_GivesATimeThatCanBeShown(long timestamp)
    {
        var time = new SteppingTimeProvider(1_000);
        var clock = new BrokerClock(time);

        time.Timestamp = timestamp;

        new DateTimeOffset(clock.Now, TimeSpan.Zero).Year.Should().BeInRange(1, 9999);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Clock_WithoutAFrequency_IsRefusedByName(long frequency) =>
        FluentActions.Invoking(() => new BrokerClock(new SteppingTimeProvider(frequency)))
            .Should().Throw<ArgumentException>().WithMessage($"*{nameof(SteppingTimeProvider)}*{frequency}*");

    [Fact]
    public void Coarse_OfTheSystemsTime_IsNeverAheadAndNeverGoesBack()
    {
        var clock = new BrokerClock(TimeProvider.System);
        long last = 0;
        for (int i = 0; i < 100_000; i++)
        {
            long coarse = clock.Coarse;
            coarse.Should().BeInRange(last, clock.Now);
            last = coarse;
        }
    }

    [Fact]
    public void Coarse_OfATimeThatIsMovedByHand_IsExact()
    {
        var time = new SteppingTimeProvider(10_000_000);
        var clock = new BrokerClock(time);
        time.Timestamp += 12_345;

        (clock.Coarse, clock.NowFor(TimeSpan.TicksPerHour)).Should().Be((clock.Now, clock.Now));
    }

    [Fact]
    public void NowFor_OfTheSystemsTime_IsNotTooEarlyForWhatIsLong()
    {
        var clock = new BrokerClock(TimeProvider.System);

        // Whatever the coarse clock's step is on this system: no lease may end before its time.
        long before = clock.Now;
        clock.NowFor(30 * TimeSpan.TicksPerSecond).Should().BeInRange(before, clock.Now + BrokerClock.CoarseStep);
        before = clock.Now;
        clock.NowFor(TimeSpan.TicksPerSecond).Should().BeInRange(before, clock.Now);
    }

    [Fact]
    public void IsReal_OfTheSystemsTimeOnly_IsTrue()
    {
        new BrokerClock(TimeProvider.System).IsReal.Should().BeTrue();
        new BrokerClock(new SteppingTimeProvider(1_000)).IsReal.Should().BeFalse();
    }

    /// <summary>A clock whose every third reading throws.</summary>
    private sealed class UnreliableTime : TimeProvider
    {
        private long _timestamp;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() =>
            Interlocked.Increment(ref _timestamp) is var timestamp && timestamp % 3 == 2 ? throw new InvalidOperationException() : timestamp;
    }
}
