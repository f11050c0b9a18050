using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Records;

namespace Messaging.State;

/// <summary>A suspended subscription keeps what it has, and what is new passes it by. Guarded by the subscription.</summary>
internal sealed class Suspension
{
    private int _resuming;
    private long _missed;

    public bool IsOn { get; private set; }

    /// <summary>Gets a value indicating whether the subscription may be suspended now: it is not, and no cursor is still to resume.</summary>
    public bool IsPossible => !IsOn && _resuming == 0;

    /// <summary>Suspends cursors at the ends of their logs, or before them as the limit demands.</summary>
    /// <returns>Those that are suspended, with where their logs ended.</returns>
    public List<(LogCursor Cursor, long End)> Begin(IReadOnlyList<LogCursor> cursors, Backlog backlog)
    {
        List<(LogCursor Cursor, long End)> suspended = [];
        IsOn = true;
        foreach (LogCursor cursor in cursors)
        {
            long end = cursor.Log.End;
            if (TrySuspend(cursor, end))
            {
                suspended.Add((cursor, end));
            }
        }

        Cut(cursors, backlog);
        foreach ((LogCursor cursor, _) in suspended)
        {
            cursor.MissedFrom = cursor.State.SuspendedAt;
            if (!cursor.Log.IsStored)
            {
                // The log lets go of it.
                cursor.KeepAside();
            }
        }

        return suspended;
    }

    /// <summary>Suspends a cursor that is added while the subscription is suspended.</summary>
    /// <returns>Whether it is suspended.</returns>
    public bool TryJoin(LogCursor cursor) => IsOn && TrySuspend(cursor, cursor.State.Floor);

    /// <summary>Goes on with a suspension that recovery found.</summary>
    /// <returns>The cursors that were not suspended with the others.</returns>
    public List<LogCursor> Recover(IReadOnlyList<LogCursor> cursors)
    {
        List<LogCursor> joined = [];
        IsOn = cursors.Any(static cursor => cursor.State.IsSuspended);
        foreach (LogCursor cursor in cursors)
        {
            if (IsOn && !cursor.State.IsSuspended && TrySuspend(cursor, cursor.Log.End))
            {
                joined.Add(cursor);
            }

            cursor.MissedFrom = cursor.Log.End;
        }

        return joined;
    }

    /// <summary>Ends the suspension. Each cursor resumes when it is attached to its log again.</summary>
    /// <returns>The cursors that are to be attached.</returns>
    public List<LogCursor> End(IReadOnlyList<LogCursor> cursors)
    {
        if (!IsOn)
        {
            return [];
        }

        IsOn = false;
        List<LogCursor> resumed = [.. cursors.Where(static cursor => cursor.State.IsSuspended)];
        _resuming = resumed.Count;
        return resumed;
    }

    /// <summary>Lets a cursor collect again from a number on.</summary>
    public void Resume(LogCursor cursor, long at)
    {
        _missed += at - cursor.MissedFrom;
        cursor.State.Resume(at);
        _resuming--;
    }

    /// <summary>Counts the messages that have passed by.</summary>
    public long CountMissed(IReadOnlyList<LogCursor> cursors)
    {
        long missed = _missed;
        foreach (LogCursor cursor in cursors)
        {
            missed += cursor.State.IsSuspended ? cursor.Log.End - cursor.MissedFrom : 0;
        }

        return missed;
    }

    private static bool TrySuspend(LogCursor cursor, long from)
    {
        if (cursor.IsOwn)
        {
            return false;
        }

        cursor.State.Suspend(from);
        cursor.MissedFrom = from;
        cursor.ShowSuspension();
        return true;
    }

    /// <summary>Lets the newest messages pass by that are too much, if nobody has seen them.</summary>
    private static void Cut(IReadOnlyList<LogCursor> cursors, Backlog backlog)
    {
        while (backlog.IsOver)
        {
            LogCursor? newest = null;
            Record record = default;
            foreach (LogCursor cursor in cursors)
            {
                long last = cursor.State.SuspendedAt - 1;
                if (cursor.State.IsSuspended && last >= cursor.State.Next && !cursor.State.IsSettled(last)
                    && cursor.State.CountsOf(last) == default && cursor.Log.TryGet(last, out Record candidate)
                    && (newest is null || candidate.AgesFrom > record.AgesFrom))
                {
                    (newest, record) = (cursor, candidate);
                }
            }

            if (newest is null)
            {
                return;
            }

            newest.State.Suspend(newest.State.SuspendedAt - 1);
            backlog.Subtract(1, newest.Share.SizeOf(newest.State.SuspendedAt, record.Size));
        }
    }
}
