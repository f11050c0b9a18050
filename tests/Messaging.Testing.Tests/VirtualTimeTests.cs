namespace Messaging.Testing.Tests;

public sealed class VirtualTimeTests
{
    private readonly VirtualTime _time = new();
    private readonly List<string> _fired = [];

    [Fact]
    public void Advance_TimersOnTheWay_FireAtTheirTimesInOrder()
    {
        DateTimeOffset start = _time.GetUtcNow();
        Set("late", 3);
        Set("early", 1);
        Set("also early", 1);

        _time.Advance(TimeSpan.FromSeconds(2));

        _fired.Should().Equal("early at 1", "also early at 1");
        _time.GetUtcNow().Should().Be(start + TimeSpan.FromSeconds(2));

        void Set(string name, int seconds) =>
            _time.CreateTimer(_ => _fired.Add($"{name} at {(_time.GetUtcNow() - start).TotalSeconds}"), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
    }

    [Fact]
    public void Advance_TickBeforeTheTime_FiresNothing()
    {
        _time.CreateTimer(_ => _fired.Add("fired"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _time.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        _fired.Should().BeEmpty();
        _time.Advance(TimeSpan.FromTicks(1));

        _fired.Should().ContainSingle();
    }

    [Fact]
    public void Advance_PeriodicTimer_FiresEachTimeUntilItIsDisposed()
    {
        ITimer timer = _time.CreateTimer(_ => _fired.Add("fired"), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(6));
        _fired.Should().HaveCount(3);

        timer.Dispose();
        _time.Advance(TimeSpan.FromHours(1));

        _fired.Should().HaveCount(3);
        _time.ArmedTimers.Should().Be(0);
    }

    [Fact]
    public async Task Advance_DelayOfThePlatform_EndsAtItsTime()
    {
        Task delay = Task.Delay(TimeSpan.FromDays(30), _time);

        _time.Advance(TimeSpan.FromDays(30) - TimeSpan.FromMilliseconds(1));
        delay.IsCompleted.Should().BeFalse();
        _time.Advance(TimeSpan.FromMilliseconds(1));

        await delay;
    }

    [Fact]
    public void SetWallClock_BackADay_MovesNoTimer()
    {
        DateTimeOffset start = _time.GetUtcNow();
        _time.CreateTimer(_ => _fired.Add("fired"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);

        _time.SetWallClock(TimeSpan.FromDays(-1));
        _time.Advance(TimeSpan.FromSeconds(1));

        _fired.Should().ContainSingle();
        _time.GetUtcNow().Should().Be(start - TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Advance_Backwards_IsRefused() =>
        FluentActions.Invoking(() => _time.Advance(TimeSpan.FromTicks(-1))).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*by*");
}
