using Messaging.Bounds;
using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Logging;
using Messaging.Records;
using Messaging.State;

namespace Messaging.Subscriptions;

/// <summary>Suspends a subscription when its backlog reaches the limit, and has it collect again.</summary>
internal sealed class Suspending(Subscription subscription)
{
    private readonly BrokerContext _context = subscription.Context;
    private readonly SubscriptionState _state = subscription.State;

    public bool IsSuspended
    {
        get
        {
            using Guard guard = subscription.Hold();
            return _state.Suspension.IsOn;
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

            cursor.Log.TrimNow();
        }
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
            _state.Demand.Ask();
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

    private Action<LogQueue> SuspendedLine(BacklogLimit limit) => logger => EngineLog.Suspended(logger, subscription.Name, BacklogLimiter.Describe(limit));
}
