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
    public void IsReal_OfTheSystemsTimeOnly_IsTrue()
    {
        new BrokerClock(TimeProvider.System).IsReal.Should().BeTrue();
        new BrokerClock(new SteppingTimeProvider(1_000)).IsReal.Should().BeFalse();
    }
}
