using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Logging;
using Messaging.State;

namespace Messaging.Subscriptions;

/// <summary>One decision under a subscription's lock, and what it leaves to do without the lock.</summary>
/// <remarks>
/// <see cref="Subscription.Decide"/> takes the lock. At the end of its <c>using</c> the buffer is filled, the lock is left, and then follow, always in this
/// order: what was settled leaves its log and gives its room back; the observer hears of it; the alarm is set; states are marked to be written; tokens are
/// cancelled; the log is written; the backlog's limit is checked, which decides anew. A decision that changes the state reaches all of these in this way only.
/// </remarks>
internal ref struct Aftermath : IDisposable
{
    private const int MostCompared = 64;

    private readonly Subscription _subscription;
    private Few<SettledRun> _settled;
    private Few<Marking> _marked;
    private Few<CancellationTokenSource> _lost;
    private List<Action<DeliveryObserver>>? _observed;
    private List<Action<LogQueue>>? _logged;
    private long _due;
    private bool _checksBacklog;

    public Aftermath(Subscription subscription)
    {
        _subscription = subscription;
        _due = long.MaxValue;
    }

    /// <summary>Gets a value indicating whether somebody observes deliveries, as in a test.</summary>
    public readonly bool IsObserved => _subscription.Context.Observer is not null;

    /// <summary>Notes that messages were settled, or have left the backlog.</summary>
    public void Settled(in SettledRun run)
    {
        if (run.Cursor is null && run.Backlog is null)
        {
            return;
        }

        // Where logs take turns there is a run for each message, and each would take memory.
        for (int i = _settled.Count - 1; i >= 0 && i >= _settled.Count - MostCompared; i--)
        {
            SettledRun before = _settled[i];
            if (before.Cursor == run.Cursor && before.Backlog == run.Backlog && before.IsExact == run.IsExact)
            {
                _settled[i] = before with { Count = before.Count + run.Count, Bytes = before.Bytes + run.Bytes };
                return;
            }
        }

        _settled.Add(run);
    }

    /// <summary>Settles what was acknowledged so far.</summary>
    /// <param name="whole">Whether to go through all that was handed over, or only up to the first message that nobody has taken.</param>
    public void SettleAcks(bool whole)
    {
        SubscriptionState state = _subscription.State;
        for (int slot = state.InHand.Leases.First; slot >= 0;)
        {
            Settled(state.SettleAcks(ref slot, whole));
        }

        if (state.InHand.Leases.LatestGrant > state.LastUse.At)
        {
            state.LastUse.NoteGrant(state.InHand.Leases.LatestGrant, _subscription.Context.Clock.Coarse);
        }
    }

    /// <summary>Notes that a delivery has ended.</summary>
    /// <param name="token">The delivery.</param>
    /// <param name="end">How.</param>
    /// <param name="due">When the message is handed over again; 0 for at once, or not at all.</param>
    /// <param name="reason">Why; <see langword="null"/> where there is nothing to say.</param>
    public void Ended(DeliveryToken token, DeliveryEnd end, long due = 0, string? reason = null)
    {
        if (IsObserved)
        {
            Observe(NoticeOfEnd(_subscription.Name, token, end, due, reason));
        }
    }

    /// <summary>Notes that a message was dropped.</summary>
    public void Dropped(in Buffered item)
    {
        if (IsObserved)
        {
            Observe(NoticeOfDrop(_subscription.Name, item));
        }
    }

    /// <summary>Notes that a message goes to the dead letters.</summary>
    public void DeadLettered(in Buffered item, DeadLetterReason reason, string description)
    {
        if (IsObserved)
        {
            Observe(NoticeOfDeadLetter(_subscription.Name, item, reason, description));
        }
    }

    /// <summary>Has the subscription's alarm ring at a time.</summary>
    /// <param name="due">The time; 0 or <see cref="long.MaxValue"/> for none.</param>
    public void Alarm(long due) => _due = due == 0 ? _due : Math.Min(_due, due);

    /// <summary>Has a cursor's state written with a commit that nobody waits for.</summary>
    public void Mark(LogCursor cursor) => _marked.Add(new Marking(cursor, cursor.Log.Durability));

    /// <summary>Has the token of a delivery cancelled.</summary>
    public void Cancel(CancellationTokenSource? lost)
    {
        if (lost is not null)
        {
            _lost.Add(lost);
        }
    }

    /// <summary>Writes to the log.</summary>
    /// <param name="line">The line; <see langword="null"/> for none.</param>
    public void Log(Action<LogQueue>? line)
    {
        if (line is not null)
        {
            (_logged ??= []).Add(line);
        }
    }

    /// <summary>Has the backlog's limit checked.</summary>
    public void CheckBacklog() => _checksBacklog = true;

    /// <summary>Leaves the lock and does what is left to do.</summary>
    public readonly void Dispose()
    {
        _subscription.Leave();
        for (int i = 0; i < _settled.Count; i++)
        {
            SettledRun run = _settled[i];
            run.Cursor?.Log.OnSettled(run.Cursor, run.Count, run.IsExact);
            run.Backlog?.Leave(run.Count, run.Bytes);
        }

        if (_settled.Count > 1)
        {
            _settled.Free();
        }

        if (_observed is not null)
        {
            Tell(_observed, _subscription.Context.Observer!);
        }

        if (_due != long.MaxValue && !_subscription.IsShut)
        {
            _subscription.Alarm.SetNoLaterThan(_due);
        }

        for (int i = 0; i < _marked.Count; i++)
        {
            _subscription.Context.MarkLazily(_marked[i].Cursor, _marked[i].Durability);
        }

        for (int i = 0; i < _lost.Count; i++)
        {
            _subscription.Parts.Settling.CancelLost(_lost[i]);
        }

        if (_logged is not null)
        {
            Write(_logged, _subscription.Context.Logger);
        }

        if (_checksBacklog)
        {
            _subscription.Parts.Limiter.Check();
        }
    }

    // Apart from the caller, whose every call would otherwise allocate what the lambda captures.
    private static void Tell(List<Action<DeliveryObserver>> notices, DeliveryObserver observer) => notices.ForEach(notice => notice(observer));

    private static void Write(List<Action<LogQueue>> lines, LogQueue logger) => lines.ForEach(line => line(logger));

    private void Observe(Action<DeliveryObserver> notice) => (_observed ??= []).Add(notice);

    private static Action<DeliveryObserver> NoticeOfEnd(string name, DeliveryToken token, DeliveryEnd end, long due, string? reason) =>
        observer => observer.OnEnded(name, token, end, due, reason);

    private static Action<DeliveryObserver> NoticeOfDrop(string name, Buffered item) =>
        observer => observer.OnDropped(name, item.Cursor.Log.Name, item.Sequence);

    private static Action<DeliveryObserver> NoticeOfDeadLetter(string name, Buffered item, DeadLetterReason reason, string description) =>
        observer => observer.OnDeadLettered(name, item.Cursor.Log.Name, item.Sequence, reason, description);

    private readonly record struct Marking(LogCursor Cursor, Durability Durability);
}
