namespace Messaging.Scheduling;

/// <summary>A callback with at most one due time, kept by the <see cref="Scheduler"/>.</summary>
internal sealed class Alarm(Scheduler scheduler, Action<long> callback, string owner)
{
    /// <summary>Gets whose alarm it is, for the log.</summary>
    public string Owner => owner;

    /// <summary>The due time in UTC ticks; <see cref="long.MaxValue"/> when it is not set. Guarded by the scheduler.</summary>
    internal long Due { get; set; } = long.MaxValue;

    internal void Ring(long now) => callback(now);

    /// <summary>Makes the alarm ring at a time, or earlier if it is set for an earlier one already.</summary>
    public void SetNoLaterThan(long due)
    {
        if (due < Volatile.Read(ref _armedFor))
        {
            scheduler.SetNoLaterThan(this, due);
        }
    }

    /// <summary>Forgets the due time.</summary>
    public void Clear() => scheduler.Clear(this);

    internal void NoteArmed(long due) => Volatile.Write(ref _armedFor, due);

    private long _armedFor = long.MaxValue;
}
