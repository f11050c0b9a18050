using Messaging.Testing.Running;

namespace Messaging.Testing.Tests.Running;

public sealed class HangClockTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(8);
    private readonly HangClock _clock = new(_limit);

    [Fact]
    public void HasHung_NothingDoneForTheLimit_IsTrue()
    {
        _clock.Begin(steps: 3);

        Look(times: 7, steps: 3);
        _clock.HasHung(TimeSpan.Zero).Should().BeFalse();
        Look(times: 1, steps: 3);

        _clock.HasHung(TimeSpan.Zero).Should().BeTrue();
        _clock.HasHung(TimeSpan.FromSeconds(1)).Should().BeFalse();
    }

    [Fact]
    public void HasHung_WorkMeanwhile_CountsFromThere()
    {
        _clock.Begin(steps: 3);

        Look(times: 7, steps: 3);
        Look(times: 8, steps: 4);

        _clock.HasHung(TimeSpan.Zero).Should().BeFalse();
    }

    [Fact]
    public void GoOn_LateLook_CountsAsOneInterval()
    {
        _clock.Begin(steps: 3);

        _clock.GoOn(_limit * 5, steps: 3, isBusy: false, isHeldUp: false);

        _clock.Now.Should().Be(_clock.Interval);
    }

    [Fact]
    public void IsBlockedAt_PieceThatDoesNotEnd_IsTrueUntilTheNext()
    {
        _clock.Begin(steps: 3);

        Look(times: 8, steps: 3, isBusy: true);
        _clock.IsBlockedAt(3).Should().BeTrue();
        _clock.IsBlockedAt(4).Should().BeFalse();
        Look(times: 1, steps: 4, isBusy: true);

        _clock.IsBlockedAt(3).Should().BeFalse();
    }

    private void Look(int times, long steps, bool isBusy = false)
    {
        for (int i = 0; i < times; i++)
        {
            _clock.GoOn(_clock.Interval, steps, isBusy, isHeldUp: false);
        }
    }
}
