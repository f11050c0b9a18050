namespace Messaging.Scheduling;

/// <summary>A callback with at most one due time, kept by the <see cref="Scheduler"/>.</summary>
internal sealed class Alarm(Scheduler scheduler, Action<long> callback, string owner)
{
    private long _due = long.MaxValue;

    /// <summary>Gets whose alarm it is, for the log.</summary>
    public string Owner => owner;

    /// <summary>Gets what receives the time it is when the alarm rings. Called by the scheduler.</summary>
    internal Action<long> Callback => callback;

    /// <summary>The due time in UTC ticks; <see cref="long.MaxValue"/> when it is not set. Changed under the scheduler's lock.</summary>
    internal long Due
    {
        get => Volatile.Read(ref _due);
        set => Volatile.Write(ref _due, value);
    }

    /// <summary>Makes the alarm ring at a time, or earlier if it is set for an earlier one already.</summary>
    public void SetNoLaterThan(long due)
    {
        if (due < Due)
        {
            scheduler.SetNoLaterThan(this, due);
        }
    }

    /// <summary>Forgets the due time.</summary>
    public void Clear() => scheduler.Clear(this);
}
