using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Logging;
using Messaging.Records;
using Messaging.State;

namespace Messaging.Subscriptions;

/// <summary>Pauses, suspends, resumes and ends a subscription; and says when it was used last.</summary>
internal sealed class SubscriptionControl(Subscription subscription, DispatchBuffer buffer)
{
    private readonly BrokerContext _context = subscription.Context;
    private readonly SubscriptionState _state = subscription.State;

    public bool IsPaused
    {
        get
        {
            using Guard guard = subscription.Hold();
            return _state.Availability.IsPaused;
        }
    }

    public bool IsSuspended
    {
        get
        {
            using Guard guard = subscription.Hold();
            return _state.Suspension.IsOn;
        }
    }

    public (int Consumers, DateTimeOffset LastActivity) Use
    {
        get
        {
            using Aftermath after = subscription.Decide();
            after.SettleAcks(whole: true);
            return (_state.Ports.Count, new DateTimeOffset(_context.Clock.ToWall(_state.LastUse.At), TimeSpan.Zero));
        }
    }

    public void Pause()
    {
        using Guard guard = subscription.Hold();
        _state.Availability.IsPaused = true;
        _state.Stop();
    }

    /// <summary>Ends a pause, and a suspension: each cursor collects again from the end of its log on.</summary>
    public void Resume()
    {
        List<LogCursor> resumed;
        using (Guard guard = subscription.Hold())
        {
            _state.Availability.IsPaused = false;
            _state.Demand.IsStopped = _state.Availability.HasEnded;
            resumed = _state.Suspension.End(_state.Fresh.Cursors);
            _state.Serve();
        }

        foreach (LogCursor cursor in resumed.Where(static cursor => !cursor.Log.IsStored))
        {
            subscription.Parts.Logs.OnStarted(cursor, cursor.Log.AttachAtEnd(cursor));
        }

        LogCursor[] stored = [.. resumed.Where(static cursor => cursor.Log.IsStored)];
        if (stored.Length > 0)
        {
            // Between two commits, so that it is certain what comes before and what after.
            _context.Writer!.Attach(stored);
        }
    }

    /// <summary>Ends all deliveries.</summary>
    public void Shut()
    {
        ConsumerPort[] ports;
        using (Guard guard = subscription.Hold())
        {
            _state.Availability.IsClosed = true;
            _state.Stop();
            ports = [.. _state.Ports];
        }

        foreach (ConsumerPort port in ports)
        {
            subscription.Parts.Consumers.Close(port);
        }

        subscription.Alarm.Clear();
        buffer.Complete();
        StoreLastUse();
        _state.Keeper.Limit?.Lift();
    }

    /// <summary>Ends all deliveries, since the store has failed: what is handed over now could not be settled.</summary>
    public void Fail(StoreException failure)
    {
        using Guard guard = subscription.Hold();
        if (!_state.Availability.IsClosed && _state.Availability.Failure is null && _state.Fresh.Cursors.Any(static cursor => cursor.Log.IsStored))
        {
            _state.Availability.Failure = failure;
            _state.Stop();
            buffer.Complete(failure);
        }
    }

    /// <summary>Suspends the subscription: it keeps what it has, and what is new passes it by.</summary>
    public void Suspend(Backlog backlog)
    {
        List<(LogCursor Cursor, long End)> suspended;
        using (Aftermath after = subscription.Decide())
        {
            if (_state.Availability.IsClosed || !_state.Suspension.IsPossible)
            {
                return;
            }

            suspended = _state.Suspension.Begin(_state.Fresh.Cursors, backlog);
            foreach ((LogCursor cursor, _) in suspended)
            {
                after.Mark(cursor);
            }

            after.Log(SuspendedLine(backlog.Limit));
        }

        foreach ((LogCursor cursor, long end) in suspended)
        {
            // Until its readers are read again the log has counted what came.
            long counted = cursor.Log.LookAtReaders();
            for (long sequence = end; sequence < counted; sequence++)
            {
                backlog.Subtract(1, cursor.Log.TryGet(sequence, out Record record) ? record.Size : cursor.Share.EstimatedSize);
            }

            cursor.Log.OnFloor(cursor, exact: true);
        }
    }

    /// <summary>Goes on with a suspension that recovery found. Called before the cursors are attached to their logs.</summary>
    public void RecoverSuspension()
    {
        using Aftermath after = subscription.Decide();
        foreach (LogCursor cursor in _state.Suspension.Recover(_state.Fresh.Cursors))
        {
            after.Mark(cursor);
        }
    }

    /// <summary>Takes over when the subscription was used before it was opened again.</summary>
    public void RecoverActivity(long activity)
    {
        using Guard guard = subscription.Hold();
        _state.LastUse.Recover(activity);
    }

    /// <summary>Counts dead letters that cannot be read.</summary>
    public void AddDamaged(long count)
    {
        using Guard guard = subscription.Hold();
        _state.Counters.Damaged += count;
    }

    /// <summary>Has the last use written at an orderly stop.</summary>
    private void StoreLastUse()
    {
        using Aftermath after = subscription.Decide();
        if (_state.LastUse.IsWorthStoring && _state.Fresh.Cursors.FirstOrDefault(static cursor => cursor.Log.IsStored) is { } cursor)
        {
            after.Mark(cursor);
        }
    }

    private Action<LogQueue> SuspendedLine(BacklogLimit limit) => logger => EngineLog.Suspended(logger, subscription.Name, BacklogLimiter.Describe(limit));
}
