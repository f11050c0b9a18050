using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.State;

namespace Messaging.Subscriptions;

/// <content>The backlog limit: what counts in it, and what goes when there is too much or it is too old.</content>
internal sealed partial class Subscription
{
    /// <summary>Puts options in force. <see cref="KeepWithinBacklog"/> follows, without the topology's lock.</summary>
    public void Apply(SubscriptionOptions options)
    {
        Options = options;
        Backlog? backlog = NewBacklog(options);
        _keeper.Set(backlog);
        foreach (LogCursor cursor in Cursors)
        {
            Measure(cursor, backlog);
        }

        lock (_gate)
        {
            _fresh.MaxOutOfOrder = options.MaxOutOfOrder;
            PumpLocked();
        }
    }

    /// <summary>Does what the limit's action says, if a limit is reached.</summary>
    public void KeepWithinBacklog()
    {
        if (_keeper.Limit is not { } backlog)
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
    public void CloseBacklog(Exception cause) => _keeper.Limit?.Close(cause);

    private Backlog? NewBacklog(SubscriptionOptions options) =>
        options.Backlog is { } limit ? new Backlog(Name, limit, () => DeadLetters.HasRoom(options.DeadLetterCapacity)) : null;

    private LogCursor Limit(LogCursor cursor)
    {
        cursor.Share.Limit = _keeper.Limit;
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

    /// <summary>Lets a message that is on its way to the dead letters leave the backlog, unless it did so when it was evicted.</summary>
    private void BeginLeaving(in Move move)
    {
        if (move.HasLeft)
        {
            return;
        }

        BacklogExit exit;
        lock (_gate)
        {
            exit = InHand.Leave(move.Item);
        }

        exit.Leave();
    }

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
            if (_closed || !_suspension.IsPossible)
            {
                return long.MaxValue;
            }

            bool isTooOld = _keeper.IsOldestTooOld(backlog, _intake, now, out due);
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
