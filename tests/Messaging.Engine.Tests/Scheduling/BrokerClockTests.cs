using Messaging.Scheduling;

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
        var clock = new BrokerClock(time, -TimeSpan.TicksPerHour);

        clock.Now.Should().Be(time.Wall.UtcTicks + TimeSpan.TicksPerHour);
        clock.ToWall(clock.Now).Should().Be(time.Wall.UtcTicks);
        clock.CoarseWithWall.Should().Be((clock.Now, time.Wall.UtcTicks));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Start_WithAnOffsetThatLeavesTheCalendar_BeginsAnew(long offset)
    {
        var time = new SteppingTimeProvider(TimeSpan.TicksPerSecond);

        new BrokerClock(time, offset).Now.Should().Be(time.Wall.UtcTicks);
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
}
