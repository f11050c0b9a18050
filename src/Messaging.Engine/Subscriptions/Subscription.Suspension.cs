using System.Diagnostics;
using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Records;

namespace Messaging.Subscriptions;

/// <content>Suspension: the subscription keeps what it has, and what is new passes it by. And when it was last used.</content>
internal sealed partial class Subscription
{
    public bool IsSuspended
    {
        get
        {
            lock (_gate)
            {
                return _suspended;
            }
        }
    }

    public (int Consumers, DateTimeOffset LastActivity) Use
    {
        get
        {
            SettleAcks();
            lock (_gate)
            {
                return (_ports.Count, new DateTimeOffset(_context.Clock.ToWall(_activity), TimeSpan.Zero));
            }
        }
    }

    /// <summary>Ends a pause, and a suspension: each cursor collects again from the end of its log on.</summary>
    public void Resume()
    {
        List<LogCursor> resumed = [];
        lock (_gate)
        {
            _paused = false;
            Volatile.Write(ref _stopped, _closed || _failure is not null);
            if (_suspended)
            {
                _suspended = false;
                resumed.AddRange(_cursors.Where(static cursor => cursor.State.IsSuspended));
                _resuming = resumed.Count;
            }

            PumpLocked();
        }

        foreach (LogCursor cursor in resumed.Where(static cursor => !cursor.Log.IsStored))
        {
            OnStarted(cursor, cursor.Log.AttachAtEnd(cursor));
        }

        LogCursor[] stored = [.. resumed.Where(static cursor => cursor.Log.IsStored)];
        if (stored.Length > 0)
        {
            // Between two commits, so that it is certain what comes before and what after.
            _context.Writer!.Attach(stored);
        }
    }

    /// <summary>Goes on with a suspension that recovery found. Called before the cursors are attached to their logs.</summary>
    public void RecoverSuspension()
    {
        List<LogCursor> marked = [];
        lock (_gate)
        {
            _suspended = _cursors.Exists(static cursor => cursor.State.IsSuspended);
            foreach (LogCursor cursor in _cursors)
            {
                if (_suspended && !cursor.State.IsSuspended && SuspendLocked(cursor, cursor.Log.End))
                {
                    marked.Add(cursor);
                }

                cursor.MissedFrom = cursor.Log.End;
            }
        }

        Mark(marked);
    }

    /// <summary>Takes over when the subscription was used before it was opened again.</summary>
    public void RecoverActivity(long activity)
    {
        if (activity > 0)
        {
            _storedActivity = _activity = _knowsActivity ? Math.Max(_activity, activity) : activity;
            _knowsActivity = true;
        }
    }

    private void Suspend(Backlog backlog)
    {
        List<(LogCursor Cursor, long End)> suspended = [];
        lock (_gate)
        {
            if (_suspended || _closed || _resuming > 0)
            {
                return;
            }

            _suspended = true;
            foreach (LogCursor cursor in _cursors)
            {
                long end = cursor.Log.End;
                if (SuspendLocked(cursor, end))
                {
                    suspended.Add((cursor, end));
                }
            }

            CutLocked(backlog);
            foreach ((LogCursor cursor, _) in suspended)
            {
                cursor.MissedFrom = cursor.State.SuspendedAt;
                KeepAsideLocked(cursor);
            }
        }

        foreach ((LogCursor cursor, long end) in suspended)
        {
            // Until this look the log has counted what came.
            long counted = cursor.Log.LookAtReaders();
            for (long sequence = end; sequence < counted; sequence++)
            {
                backlog.Subtract(1, cursor.Log.TryGet(sequence, out Record record) ? record.Size : cursor.Share.EstimatedSize);
            }

            cursor.Log.OnFloor(cursor, exact: true);
            MarkLazily(cursor, cursor.Log.Durability);
        }

        EngineLog.Suspended(_context.Logger, Name, LimitsOf(backlog.Limit));
    }

    private static bool SuspendLocked(LogCursor cursor, long from)
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
    private void CutLocked(Backlog backlog)
    {
        while (backlog.IsOver)
        {
            LogCursor? newest = null;
            Record record = default;
            foreach (LogCursor cursor in _cursors)
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

    /// <summary>Takes what is kept out of a log that lives in memory: the log lets go of it.</summary>
    private static void KeepAsideLocked(LogCursor cursor)
    {
        long next = cursor.State.Next;
        if (cursor.Ahead.Records.Count > 0)
        {
            next = Math.Max(next, cursor.Ahead.Records.Last().Sequence + 1);
        }

        for (long sequence = next; !cursor.Log.IsStored && sequence < cursor.State.SuspendedAt; sequence++)
        {
            bool found = cursor.Log.TryGet(sequence, out Record record);
            Debug.Assert(found || cursor.State.IsSettled(sequence), "A log in memory has let go of a message that is needed.");
            if (found)
            {
                cursor.Ahead.Records.Enqueue((sequence, record.Detach()));
            }
        }
    }

    private void ResumeLocked(LogCursor cursor, long at)
    {
        _missed += at - cursor.MissedFrom;
        cursor.State.Resume(at);
        _resuming--;
    }

    /// <summary>Has the last use written at an orderly stop.</summary>
    private void StoreActivity()
    {
        LogCursor? cursor;
        lock (_gate)
        {
            cursor = _activity - _storedActivity >= TimeSpan.TicksPerMillisecond ? _cursors.Find(static cursor => cursor.Log.IsStored) : null;
        }

        if (cursor is not null)
        {
            MarkLazily(cursor, cursor.Log.Durability);
        }
    }
}
