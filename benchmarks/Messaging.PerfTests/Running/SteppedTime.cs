namespace Messaging.PerfTests.Running;

/// <summary>A clock that stands still until it is moved, and fires what is due on the thread that moves it.</summary>
/// <remarks>So the time of a step is what the broker does with it. Used by one thread; a broker has a handful of timers at most.</remarks>
internal sealed class SteppedTime : TimeProvider
{
    private static readonly DateTimeOffset _start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly List<SteppedTimer> _timers = [];

    /// <summary>Gets the time that has passed since the start.</summary>
    public TimeSpan Passed { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _start + Passed;

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(this, callback, state);
        timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    public void AdvanceTo(TimeSpan time)
    {
        Passed = time;
        while (_timers.Find(timer => timer.Due <= Passed) is { } due)
        {
            due.Fire();
        }
    }

    private sealed class SteppedTimer(SteppedTime owner, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

        public void Fire()
        {
            Due = TimeSpan.MaxValue;
            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (period > TimeSpan.Zero)
            {
                throw new NotSupportedException("A timer that repeats is not needed here.");
            }

            Due = dueTime < TimeSpan.Zero ? TimeSpan.MaxValue : owner.Passed + dueTime;
            return true;
        }

        public void Dispose() => owner._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
