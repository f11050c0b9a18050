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
