using Messaging.Scheduling;

namespace Messaging.Engine.Tests.Scheduling;

public sealed class DueTimeTests
{
    [Fact]
    public void Last_OfAllTimes_CanBeShown() => DueTime.Last.Should().Be(DateTime.MaxValue.Ticks);

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(5, 7, 12)]
    [InlineData(DueTime.Last - 1, 1, DueTime.Last)]
    [InlineData(DueTime.Last, 1, DueTime.Last)]
    [InlineData(DueTime.Last - 1, long.MaxValue, DueTime.Last)]
    [InlineData(0, long.MaxValue, DueTime.Last)]
    [InlineData(long.MaxValue, 1, long.MaxValue)]
    [InlineData(long.MinValue, 1, long.MinValue + 1)]
    public void After_ATimeAndADuration_EndsAtTheLastTimeThereIs(long time, long ticks, long expected) =>
        DueTime.After(time, ticks).Should().Be(expected);
}
