using Messaging.Bounds;
using Messaging.Dispatch;
using Messaging.Scheduling;

namespace Messaging.State;

/// <summary>The limit of a subscription's backlog: whether a message has to make room, and when the oldest will be too old. Guarded by the subscription.</summary>
internal sealed class BacklogKeeper
{
    private Backlog? _limit;
    private long _ageDue = long.MaxValue;

    /// <summary>Gets the limit; <see langword="null"/> for none. By anyone.</summary>
    public Backlog? Limit => Volatile.Read(ref _limit);

    /// <summary>Gets when the oldest message will be too old, as was found last; <see cref="long.MaxValue"/> for never. By anyone.</summary>
    public long AgeDue => Volatile.Read(ref _ageDue);

    public void Set(Backlog? limit) => Volatile.Write(ref _limit, limit);

    /// <summary>Determines whether a new message calls for a check. By anyone.</summary>
    public bool NeedsCheck(Backlog backlog) =>
        (!backlog.Asks && backlog.IsOver) || (backlog.Limit.MaxAge is not null && !backlog.IsOverAge && AgeDue == long.MaxValue);

    /// <summary>Determines whether the oldest message has to make room.</summary>
    /// <param name="backlog">The limit.</param>
    /// <param name="intake">Where the oldest is.</param>
    /// <param name="now">The time.</param>
    /// <param name="due">When to check again.</param>
    public bool MustMakeRoom(Backlog backlog, Intake intake, long now, out long due)
    {
        long aged = DueByAge(backlog, intake);
        due = aged > now ? aged : long.MaxValue;
        Volatile.Write(ref _ageDue, due);
        return backlog.IsOver || aged <= now;
    }

    /// <summary>Determines whether the oldest message is too old.</summary>
    /// <param name="backlog">The limit.</param>
    /// <param name="intake">Where the oldest is.</param>
    /// <param name="now">The time.</param>
    /// <param name="due">When to check again; <see cref="long.MaxValue"/> if it is too old already.</param>
    public bool IsOldestTooOld(Backlog backlog, Intake intake, long now, out long due)
    {
        long aged = DueByAge(backlog, intake);
        due = aged <= now ? long.MaxValue : aged;
        Volatile.Write(ref _ageDue, due);
        return aged <= now;
    }

    /// <summary>Determines whether a message has waited so long that it makes room instead of being handed over.</summary>
    public bool IsTooOld(in Buffered item, long now) => Limit is { Evicts: true, Limit.MaxAge: { } age } && item.Record.AgesFrom <= now - age.Ticks;

    /// <summary>Lets a message that waits for its retry wait no longer than it may live.</summary>
    public long CapByAge(in Buffered item, long due, long now) =>
        Limit is { Evicts: true, Limit.MaxAge: { } age } && !item.Record.IsMissing
            ? Math.Min(due, Math.Max(DueTime.After(item.Record.AgesFrom, age.Ticks), DueTime.After(now, 1)))
            : due;

    private static long DueByAge(Backlog backlog, Intake intake) =>
        backlog.Limit.MaxAge is { } age ? DueTime.After(intake.OldestAgesFrom(), age.Ticks) : long.MaxValue;
}
