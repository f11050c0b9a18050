namespace Messaging.Benchmarks;

/// <summary>A clock that stands still between steps, and fires its one timer on the way.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private long _now = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;
    private Timer? _timer;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(_now, TimeSpan.Zero);

    public override long GetTimestamp() => _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _timer = _timer is null ? new Timer(this, callback, state) : throw new InvalidOperationException("There is a timer already.");
        _timer.Change(dueTime, period);
        return _timer;
    }

    /// <summary>Moves the clock, and fires the timer as often as it becomes due.</summary>
    public void Step(long ticks)
    {
        long target = _now + ticks;
        while (_timer is { } timer && timer.Due <= target)
        {
            _now = timer.Due;
            timer.Fire();
        }

        _now = target;
    }

    private sealed class Timer(SteppedTime owner, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; private set; } = long.MaxValue;

        public void Fire()
        {
            Due = long.MaxValue;
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime < TimeSpan.Zero ? long.MaxValue : owner._now + dueTime.Ticks;
            return true;
        }

        public void Dispose() => Due = long.MaxValue;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
