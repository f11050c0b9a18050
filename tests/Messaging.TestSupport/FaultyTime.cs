using System.Collections.Concurrent;

namespace Messaging.TestSupport;

/// <summary>A clock over another one that throws on command: when it is read, when a timer is made, and when one is set.</summary>
public sealed class FaultyTime(TimeProvider inner) : TimeProvider
{
    private int _readsToFail;
    private int _changesToFail;

    /// <summary>Gets or sets a value indicating whether no timer can be made.</summary>
    public bool RefusesTimers { get; set; }

    /// <summary>Gets when each timer was to be set, those refused included.</summary>
    public ConcurrentQueue<TimeSpan> Changes { get; } = [];

    /// <summary>Gets or sets what runs within each setting of a timer.</summary>
    public Action? Changing { get; set; }

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    /// <summary>Lets the next readings fail.</summary>
    public void FailReads(int count) => Volatile.Write(ref _readsToFail, count);

    /// <summary>Lets the next settings of a timer fail.</summary>
    public void FailChanges(int count) => Volatile.Write(ref _changesToFail, count);

    public override DateTimeOffset GetUtcNow()
    {
        ThrowIf(ref _readsToFail, "The clock cannot be read.");
        return inner.GetUtcNow();
    }

    public override long GetTimestamp()
    {
        ThrowIf(ref _readsToFail, "The clock cannot be read.");
        return inner.GetTimestamp();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        RefusesTimers
            ? throw new InvalidOperationException("There are no timers.")
            : new Timer(this, inner.CreateTimer(callback, state, dueTime, period));

    private static void ThrowIf(ref int left, string message)
    {
        if (Volatile.Read(ref left) > 0 && Interlocked.Decrement(ref left) >= 0)
        {
            throw new InvalidOperationException(message);
        }
    }

    private sealed class Timer(FaultyTime owner, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            owner.Changes.Enqueue(dueTime);
            owner.Changing?.Invoke();
            ThrowIf(ref owner._changesToFail, "The timer cannot be set.");
            return inner.Change(dueTime, period);
        }

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
