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
                return _suspension.IsOn;
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
                return (_ports.Count, new DateTimeOffset(_context.Clock.ToWall(_lastUse.At), TimeSpan.Zero));
            }
        }
    }

    /// <summary>Ends a pause, and a suspension: each cursor collects again from the end of its log on.</summary>
    public void Resume()
    {
        List<LogCursor> resumed;
        lock (_gate)
        {
            _paused = false;
            _demand.IsStopped = _closed || _failure is not null;
            resumed = _suspension.End(_fresh.Cursors);
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
        List<LogCursor> marked;
        lock (_gate)
        {
            marked = _suspension.Recover(_fresh.Cursors);
        }

        Mark(marked);
    }

    /// <summary>Takes over when the subscription was used before it was opened again.</summary>
    public void RecoverActivity(long activity)
    {
        _lastUse.Recover(activity);
    }

    private void Suspend(Backlog backlog)
    {
        List<(LogCursor Cursor, long End)> suspended;
        lock (_gate)
        {
            if (_closed || !_suspension.IsPossible)
            {
                return;
            }

            suspended = _suspension.Begin(_fresh.Cursors, backlog);
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

    /// <summary>Has the last use written at an orderly stop.</summary>
    private void StoreActivity()
    {
        LogCursor? cursor;
        lock (_gate)
        {
            cursor = _lastUse.IsWorthStoring ? _fresh.Cursors.FirstOrDefault(static cursor => cursor.Log.IsStored) : null;
        }

        if (cursor is not null)
        {
            MarkLazily(cursor, cursor.Log.Durability);
        }
    }
}
