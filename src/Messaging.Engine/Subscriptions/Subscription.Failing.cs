using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Redelivery;
using Messaging.Scheduling;

namespace Messaging.Subscriptions;

/// <content>A failure in three steps: the lease is released under the lock, the policy is asked without it, and the message is placed under it again.</content>
internal sealed partial class Subscription
{
    /// <summary>Ends a lease before its time, for a test.</summary>
    /// <returns>Whether it was held.</returns>
    public bool EndLease(DeliveryToken token)
    {
        if (!TryBeginFailure(token, out Lease lease, out long at))
        {
            return false;
        }

        EndExpiry(lease, at, cancels: true);
        return true;
    }

    /// <summary>Takes back a delivery that could not begin, which is no failure of the message. It comes again after a while: at once, a store that
    /// refuses would be asked without pause.</summary>
    private void PutOff(DeliveryToken token)
    {
        long due;
        lock (_gate)
        {
            if (!TryReleaseLocked(token, out Lease lease))
            {
                return;
            }

            due = WaitLocked(lease.Item, _context.Clock.Now, TimeSpan.FromSeconds(1));
        }

        _context.Observer?.OnEnded(Name, token, DeliveryEnd.Returned, due, "The store refused to note that its handling begins.");
        SetAlarm(due);
    }

    /// <summary>Deals with a lease that has ended, on the timer's thread: a policy that is not ours is asked elsewhere, and holds its message only.</summary>
    private void Expire(in Lease lease, long at)
    {
        if (RetryDecision.IsOurs(PolicyOf(lease.List)))
        {
            EndExpiry(lease, at, cancels: true);
        }
        else
        {
            ExpireElsewhere(lease, at);
        }
    }

    private void ExpireElsewhere(Lease lease, long at)
    {
        // Whoever has the delivery hears of it now, however long the policy takes.
        CancelLost(lease);
        _context.Work.RunCounted(() => EndExpiry(lease, at, cancels: false));
    }

    private void EndExpiry(Lease lease, long at, bool cancels)
    {
        const string Reason = "The lease ended before the message was settled.";
        FailureOutcome outcome = EndFailure(lease, at, delay: null);
        _context.Observer?.OnEnded(Name, new DeliveryToken(_context.Epoch, lease.Number), DeliveryEnd.Expired, outcome.Due, Reason);
        ReportLostLease(lease);
        if (cancels)
        {
            CancelLost(lease);
        }

        Quietly(() => AfterFailure(outcome, Reason, waits: false, out _));
    }

    private void CancelLost(in Lease lease)
    {
        if (lease.Lost is { } lost)
        {
            CancelLost(lost);
        }
    }

    /// <summary>Begins a failure: nobody holds the message any more, and it is on its way until its policy has answered.</summary>
    /// <param name="token">The delivery.</param>
    /// <param name="lease">The lease that has ended.</param>
    /// <param name="at">The time of the failure.</param>
    /// <returns>Whether the lease was held.</returns>
    private bool TryBeginFailure(DeliveryToken token, out Lease lease, out long at)
    {
        lock (_gate)
        {
            bool held = TryReleaseLocked(token, out lease);
            at = held ? BeginFailureLocked(lease) : 0;
            return held;
        }
    }

    private long BeginFailureLocked(in Lease lease)
    {
        _moving++;
        _redelivery.BeginAsking(lease.Number, lease.Item);
        return _activity = _context.Clock.Now;
    }

    /// <summary>Asks the policy, without the lock, and puts the message where it says. The delay counts from the failure, however long the answer takes.</summary>
    private FailureOutcome EndFailure(in Lease lease, long at, TimeSpan? delay)
    {
        Buffered held = lease.Item;
        int failures = held.Failures + (held.Failures < int.MaxValue ? 1 : 0);
        var item = new Buffered(held.Cursor, held.Sequence, held.Record, held.Attempts, failures);
        RetryPolicy policy = PolicyOf(lease.List);
        RetryDecision decision = RetryDecision.After(policy, failures, held.Sequence, delay);
        FailureOutcome outcome;
        lock (_gate)
        {
            _redelivery.EndAsking(lease.Number);
            _moving -= decision.GivesUp ? 0 : 1;
            outcome = new FailureOutcome(item, decision.GivesUp ? 0 : WaitLocked(item, at, decision.Delay), decision.GivesUp);
        }

        NoteThrown(decision, policy, item);
        return outcome;
    }

    private void NoteThrown(in RetryDecision decision, RetryPolicy policy, in Buffered item)
    {
        if (decision.Thrown is { } thrown)
        {
            EngineLog.PolicyFailed(_context.Logger, thrown, Name, TypeName.Of(policy.GetType()), item.Sequence, item.Cursor.Log.Name, item.Failures);
        }
    }

    /// <summary>Puts a failed message where it is handed over after a time.</summary>
    /// <param name="item">The message, with its counts.</param>
    /// <param name="from">When the wait begins.</param>
    /// <param name="wait">The wait.</param>
    /// <returns>The time; 0 for at once.</returns>
    private long WaitLocked(Buffered item, long from, TimeSpan wait)
    {
        if (SeededBugs.Is(SeededBug.EarlyTimer))
        {
            wait /= 2;
        }

        long due = wait > TimeSpan.Zero ? CapByAgeLocked(item, DueTime.After(from, wait.Ticks)) : 0;
        item.Cursor.State.SetCounts(item.Sequence, new RetryCounts(item.Attempts, item.Failures, due));
        if (due == 0)
        {
            _redelivery.AddFailed(item);
            PumpLocked();
        }
        else
        {
            bool forget = item.Cursor.Log.IsStored && _redelivery.WaitingCount >= MaxWaitingInMemory;
            _redelivery.AddWaiting(item.With(forget ? default : item.Record.Detach()), due);
        }

        return due;
    }

    /// <summary>Has a waiting message looked for at its time. A policy may have answered after deliveries have ended for good: then nobody looks.</summary>
    private void SetAlarm(long due)
    {
        if (due != 0 && !IsShut)
        {
            _alarm.SetNoLaterThan(due);
        }
    }

    private RetryPolicy PolicyOf(LeaseList list) => list.Retry ?? Options.Retry;
}
