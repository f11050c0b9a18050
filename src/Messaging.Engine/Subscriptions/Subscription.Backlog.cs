using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Records;
using Messaging.Scheduling;

namespace Messaging.Subscriptions;

/// <content>The backlog limit: what counts in it, and what goes when there is too much or it is too old.</content>
internal sealed partial class Subscription
{
    /// <summary>Puts options in force. <see cref="KeepWithinBacklog"/> follows, without the topology's lock.</summary>
    public void Apply(SubscriptionOptions options)
    {
        Options = options;
        Backlog? backlog = NewBacklog(options);
        Volatile.Write(ref _backlog, backlog);
        foreach (LogCursor cursor in Cursors)
        {
            Measure(cursor, backlog);
        }

        lock (_gate)
        {
            // MaxOutOfOrder may have grown.
            PumpLocked();
        }
    }

    /// <summary>Does what the limit's action says, if a limit is reached.</summary>
    public void KeepWithinBacklog()
    {
        if (Volatile.Read(ref _backlog) is not { } backlog)
        {
            return;
        }

        long due = backlog.Evicts ? Evict(backlog) : LookAtAge(backlog);
        if (due != long.MaxValue)
        {
            _alarm.SetNoLaterThan(due);
        }
    }

    /// <summary>Lets nobody wait for room any more, as the broker closes.</summary>
    public void CloseBacklog(Exception cause) => Volatile.Read(ref _backlog)?.Close(cause);

    private Backlog? NewBacklog(SubscriptionOptions options) =>
        options.Backlog is { } limit ? new Backlog(Name, limit, () => DeadLetters.HasRoom(options.DeadLetterCapacity)) : null;

    private LogCursor Limit(LogCursor cursor)
    {
        cursor.Share.Limit = Volatile.Read(ref _backlog);
        cursor.ShowLimit(cursor.Share.Limit);
        return cursor;
    }

    /// <summary>Begins to count the messages of a cursor that knows its place already: those that are there with an estimated size.</summary>
    private void Measure(LogCursor cursor, Backlog? backlog)
    {
        cursor.ShowLimit(backlog);
        long from = cursor.Log.LookAtReaders();
        lock (_gate)
        {
            cursor.Share.Limit = backlog;
            cursor.Share.MeasuredFrom = from;
            cursor.Share.EstimatedSize = cursor.Log.MeanRecordBytes;
            (long below, long settled) = cursor.State.CountAround(Math.Min(from, cursor.End));
            below -= cursor.Share.Left;
            backlog?.Add(below, below * cursor.Share.EstimatedSize);
            // What was settled since the log has counted it.
            backlog?.Subtract(settled, settled * cursor.Share.EstimatedSize);
        }
    }

    private static BacklogExit ExitLocked(LogCursor cursor, long sequence, long size) =>
        cursor.Share.Limit is { } backlog ? new BacklogExit(backlog, cursor.Share.SizeOf(sequence, size)) : default;

    /// <summary>Lets a message that is on its way to the dead letters leave the backlog, unless it did so when it was evicted.</summary>
    private void BeginLeaving(in Buffered item, bool hasLeft)
    {
        if (hasLeft)
        {
            return;
        }

        BacklogExit exit;
        lock (_gate)
        {
            item.Cursor.Share.Left++;
            exit = ExitLocked(item.Cursor, item.Sequence, item.Record.Size);
        }

        exit.Leave();
    }

    private bool NeedsLook(Backlog backlog) =>
        (!backlog.Asks && backlog.IsOver)
        || (backlog.Limit.MaxAge is not null && !backlog.IsOverAge && Volatile.Read(ref _ageDue) == long.MaxValue);

    /// <summary>Gets when the oldest message that is ready will be too old, as far as it is known; <see cref="long.MaxValue"/> for never.</summary>
    private long DueByAgeLocked(Backlog backlog)
    {
        if (backlog.Limit.MaxAge is not { } age)
        {
            return long.MaxValue;
        }

        long oldest = _redelivery.TryPeekReturned(out Buffered item) ? item.Record.AgesFrom : long.MaxValue;
        oldest = TryPeekOfferedLocked(out item) ? Math.Min(oldest, item.Record.AgesFrom) : oldest;
        oldest = _redelivery.TryPeekFailed(out item) ? Math.Min(oldest, item.Record.AgesFrom) : oldest;
        foreach (LogCursor cursor in _cursors)
        {
            if (cursor.State.SeekNext(cursor.End) && TryLookLocked(cursor, cursor.State.Next, out Record record))
            {
                oldest = Math.Min(oldest, record.AgesFrom);
            }
        }

        return DueTime.After(oldest, age.Ticks);
    }

    private bool IsTooOldLocked(in Buffered item, long now) =>
        _backlog is { Evicts: true, Limit.MaxAge: { } age } && item.Record.AgesFrom <= now - age.Ticks;

    /// <summary>Lets a message that waits for its retry wait no longer than it may live.</summary>
    private long CapByAgeLocked(in Buffered item, long due) =>
        _backlog is { Evicts: true, Limit.MaxAge: { } age } && !item.Record.IsMissing
            ? Math.Min(due, Math.Max(DueTime.After(item.Record.AgesFrom, age.Ticks), DueTime.After(_context.Clock.Now, 1)))
            : due;

    /// <summary>Shuts senders out while the oldest message is too old, or suspends.</summary>
    /// <returns>When to look again.</returns>
    private long LookAtAge(Backlog backlog)
    {
        long now = _context.Clock.Now;
        bool opened = false;
        bool suspends = false;
        long due;
        lock (_gate)
        {
            if (_closed || _suspended || _resuming > 0)
            {
                return long.MaxValue;
            }

            due = DueByAgeLocked(backlog);
            bool isTooOld = due <= now;
            _ageDue = due = isTooOld ? long.MaxValue : due;
            suspends = !backlog.Asks && (isTooOld || backlog.IsOver);
            if (backlog.Asks && backlog.IsOverAge != isTooOld)
            {
                backlog.Messages.IsShut = isTooOld;
                opened = !isTooOld;
            }
        }

        if (opened)
        {
            backlog.Messages.LetIn();
        }

        if (suspends)
        {
            Suspend(backlog);
        }

        return due;
    }
}
