using System.Runtime.InteropServices;
using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.State;
using Messaging.Storage;

namespace Messaging.Subscriptions;

/// <summary>The logs that a subscription reads, with its cursors: what the logs and the writer call, and what is counted over all of them.</summary>
internal sealed class SubscribedLogs(Subscription subscription) : IStateOwner
{
    private readonly SubscriptionState _state = subscription.State;

    private readonly Demand _demand = subscription.State.Demand;
    private readonly BacklogKeeper _keeper = subscription.State.Keeper;

    // In a decision only.
    private readonly List<KeyValuePair<long, RetryCounts>> _started = [];

    public IReadOnlyList<LogCursor> Cursors
    {
        get
        {
            using Guard guard = subscription.Hold();
            return [.. _state.Fresh.Cursors];
        }
    }

    /// <summary>Creates a cursor that the log starts at its end.</summary>
    public LogCursor CreateAtEnd(MessageLog log) => Limit(new LogCursor(this, log, new CursorState(1)));

    /// <summary>Adds a cursor that knows its position. The caller attaches it to the log.</summary>
    /// <param name="log">The log.</param>
    /// <param name="state">The position.</param>
    /// <param name="isOwn">Whether nobody else reads the log.</param>
    public LogCursor Add(MessageLog log, CursorState state, bool isOwn = false)
    {
        LogCursor cursor = Limit(new LogCursor(this, log, state) { IsOwn = isOwn });
        bool joins;
        using (Guard guard = subscription.Hold())
        {
            _state.Fresh.Add(cursor);
            joins = _state.Suspension.TryJoin(cursor);
        }

        if (joins)
        {
            // The caller holds the topology's lock.
            subscription.Context.MarkLazily(cursor, log.Durability);
        }

        return cursor;
    }

    /// <summary>Goes on with the cursors that recovery found, and attaches them to their logs.</summary>
    /// <remarks>The order matters. A suspension is of all cursors, so it follows when all are there. A log asks a cursor what it collects when it is
    /// attached, so that comes after. What waits for a retry sets the alarm, so it comes last.</remarks>
    /// <param name="cursors">The cursors, in the order in which they take turns.</param>
    /// <param name="lastUse">When the subscription was used last.</param>
    public void Recover(List<LogCursor> cursors, long lastUse)
    {
        using (Aftermath after = subscription.Decide())
        {
            foreach (LogCursor cursor in cursors)
            {
                _state.Fresh.Add(Limit(cursor));
            }

            _state.LastUse.Recover(lastUse);
            foreach (LogCursor joined in _state.Suspension.Recover(_state.Fresh.Cursors))
            {
                after.Mark(joined);
            }
        }

        foreach (LogCursor cursor in cursors)
        {
            cursor.Log.Attach(cursor);
            using Aftermath waiting = subscription.Decide();
            foreach ((long sequence, RetryCounts counts) in cursor.State.Counts)
            {
                if (counts.Due != 0)
                {
                    // The bytes are read from the store when the time has come.
                    _state.InHand.Redelivery.AddWaiting(new Buffered(cursor, sequence, default, counts.Attempts, counts.Failures), counts.Due);
                }
            }

            waiting.Alarm(_state.InHand.Redelivery.NextDue);
        }
    }

    /// <summary>Reads the counts. Between two moves, as <see cref="CountVersion.Read"/> has it done, each message is in one of them.</summary>
    /// <param name="scheduled">The number of those that enter later.</param>
    public SubscriptionStatistics ReadStatistics(long scheduled)
    {
        SubscriptionStatistics counts;
        using (Aftermath after = subscription.Decide())
        {
            // What was acknowledged is settled in the same decision, so that it is not counted as ready.
            after.SettleAcks(whole: true);
            counts = _state.Count();
        }

        return counts with { Scheduled = scheduled, Dead = subscription.DeadLetters.Count };
    }

    public void OnAppended()
    {
        if (_demand.IsHungry)
        {
            using Guard guard = subscription.Hold();
            _demand.Ask();
        }

        if (_keeper.Limit is { } backlog && _keeper.NeedsCheck(backlog))
        {
            subscription.Parts.Limiter.Check();
        }
    }

    public void OnStarted(StoredReader reader, long sequence)
    {
        var cursor = (LogCursor)reader;
        using (Guard guard = subscription.Hold())
        {
            if (cursor.State.IsSuspended)
            {
                _state.Suspension.Resume(cursor, sequence);
            }
            else
            {
                cursor.State.StartAt(sequence);
                _state.Fresh.Add(cursor);
            }

            _state.Demand.Ask();
        }

        if (_state.Keeper.Limit is not null)
        {
            // The caller may hold the topology's lock, or be the writer's thread.
            subscription.Context.Work.RunCounted(subscription.Parts.Limiter.Check);
        }
    }

    public void SettleAcks() => subscription.SettleAcks();

    /// <summary>Determines whether a message is settled, or passes the subscription by.</summary>
    public bool IsSettled(LogReader reader, long sequence)
    {
        CursorState state = ((LogCursor)reader).State;
        using Aftermath after = subscription.Decide();
        after.SettleAcks(whole: true);
        return sequence >= state.SuspendedAt || state.IsSettled(sequence);
    }

    public void OnMoved(StoredReader reader, long sequence)
    {
        using Aftermath after = subscription.Decide();
        after.Settled(_state.EndMove((LogCursor)reader, sequence, departs: true));
        if (_state.InHand.Moving == DeadLettering.MaxMoving / 2)
        {
            after.CheckBacklog();
        }
    }

    public void OnMovePublished() => _state.InHand.NoteArrived();

    public void CopySettled(StoredReader reader, List<(long First, long Last)> output)
    {
        using Guard guard = subscription.Hold();
        ((LogCursor)reader).CopySettledTo(output);
    }

    public StoreCursor Encode(StoredReader reader)
    {
        var cursor = (LogCursor)reader;
        using Aftermath after = subscription.Decide();
        after.SettleAcks(whole: true);
        _started.Clear();
        _state.InHand.Leases.Held.ForEach(_state.InHand.Leases.Slots, (cursor, _started), static (state, in lease) =>
        {
            if (lease.Item.Cursor == state.cursor)
            {
                state._started.Add(new(lease.Item.Sequence, new RetryCounts(lease.Item.Attempts, lease.Item.Failures, 0)));
            }
        });
        _state.InHand.Redelivery.AddAsked(cursor, _started);
        if (cursor.Log.IsStored)
        {
            _state.LastUse.NoteStored();
        }

        return cursor.EncodeFor(subscription.Id, CollectionsMarshal.AsSpan(_started), _state.LastUse.At);
    }

    private LogCursor Limit(LogCursor cursor)
    {
        cursor.Share.Limit = _state.Keeper.Limit;
        cursor.ShowLimit(cursor.Share.Limit);
        return cursor;
    }
}
