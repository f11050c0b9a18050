namespace Messaging.Specification.Tests.Doors.Hostile;

/// <summary>A clock over another one that does what a test wants wherever it is called.</summary>
internal sealed class DoorClock(TimeProvider inner) : TimeProvider
{
    /// <summary>Gets or sets what happens at each reading.</summary>
    public Action? Reading { get; set; }

    /// <summary>Gets or sets what is made of each reading.</summary>
    public Func<long, long>? Shifting { get; set; }

    /// <summary>Gets or sets what happens when a timer is made.</summary>
    public Action? Creating { get; set; }

    /// <summary>Gets or sets what happens when a timer is set.</summary>
    public Action? Changing { get; set; }

    /// <summary>Gets or sets a value indicating whether a timer says that it could not be set, though it was.</summary>
    public bool DeniesChanges { get; set; }

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    public override DateTimeOffset GetUtcNow()
    {
        Reading?.Invoke();
        return inner.GetUtcNow();
    }

    public override long GetTimestamp()
    {
        Reading?.Invoke();
        long now = inner.GetTimestamp();
        return Shifting is { } shifting ? shifting(now) : now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Creating?.Invoke();
        return new Timer(this, inner.CreateTimer(callback, state, dueTime, period));
    }

    private sealed class Timer(DoorClock clock, ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.Changing?.Invoke();
            return timer.Change(dueTime, period) && !clock.DeniesChanges;
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
