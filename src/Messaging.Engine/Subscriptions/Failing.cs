using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Logging;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Redelivery;
using Messaging.State;

namespace Messaging.Subscriptions;

/// <summary>Failures and the end of leases, in three steps: the lease is released in a decision, the policy is asked without the lock, and the message is
/// placed in another decision.</summary>
internal sealed class Failing(Subscription subscription)
{
    private const string Expired = "The lease ended before the message was settled.";

    private readonly BrokerContext _context = subscription.Context;
    private readonly SubscriptionState _state = subscription.State;

    /// <summary>Counts a failure without waiting for the commit, for handlers.</summary>
    public Settlement Fail(DeliveryToken token, string description)
    {
        Settlement settlement = Settlement.LeaseLost;
        DeadLettering.Quietly(() => Fail(token, delay: null, description, waits: false, out settlement));
        return settlement;
    }

    /// <summary>Counts a failure.</summary>
    /// <param name="token">The delivery.</param>
    /// <param name="delay">What goes before the policy's delay; <see langword="null"/> for nothing.</param>
    /// <param name="description">Why, in words.</param>
    /// <param name="waits">Whether somebody waits for the commit.</param>
    /// <param name="settlement">What became of the message.</param>
    /// <returns>The commit to wait for, if there is one.</returns>
    public Task? Fail(DeliveryToken token, TimeSpan? delay, string description, bool waits, out Settlement settlement)
    {
        if (!TryBegin(token, out Lease lease, out long at))
        {
            settlement = Settlement.LeaseLost;
            return null;
        }

        return End(lease, at, delay, DeliveryEnd.Nacked, description, waits, out settlement);
    }

    /// <summary>Ends a lease before its time, for a test.</summary>
    /// <returns>Whether it was held.</returns>
    public bool EndLease(DeliveryToken token)
    {
        if (!TryBegin(token, out Lease lease, out long at))
        {
            return false;
        }

        Expire(lease, at);
        return true;
    }

    /// <summary>Ends the leases whose time is up, and hands out what has waited long enough. On the timer's thread.</summary>
    public void OnAlarm(long now)
    {
        List<(Lease Lease, long At)>? expired = null;
        List<Move>? aged = null;
        using (Aftermath after = subscription.Decide())
        {
            if (_state.Availability.IsClosed)
            {
                return;
            }

            after.SettleAcks(whole: true);
            while (_state.InHand.Leases.TryTakeExpired(now, out Lease lease))
            {
                (expired ??= []).Add((lease, Begin(lease)));
            }

            TakeDue(now, ref aged);
            _state.Demand.Ask();
            long next = Math.Min(_state.InHand.Leases.NextDeadline(), _state.Availability.Failure is null ? _state.InHand.Redelivery.NextDue : long.MaxValue);
            if (next == long.MaxValue && SeededBugs.Is(SeededBug.LeakTimer))
            {
                next = now + TimeSpan.TicksPerSecond;
            }

            after.Alarm(SeededBugs.Is(SeededBug.NoWakeAfterExpiry) ? long.MaxValue : next);
        }

        foreach (Move move in aged ?? [])
        {
            subscription.Parts.Limiter.Remove(move);
        }

        foreach ((Lease lease, long at) in expired ?? [])
        {
            if (RetryDecision.IsOurs(PolicyOf(lease.List)))
            {
                Expire(lease, at);
            }
            else
            {
                ExpireElsewhere(lease, at);
            }
        }

        subscription.Parts.Limiter.Check();
    }

    /// <summary>Asks the consumer's retry policy about a message that it is about to get. Called without the lock: the policy holds nobody but its consumer.</summary>
    /// <returns>Whether the message is given up. While the dead-letter queue is full, it is handed out again.</returns>
    public bool IsExhausted(ConsumerPort port, in Buffered item)
    {
        RetryPolicy policy = PolicyOf(port.Leases);
        RetryDecision decision = RetryDecision.BeforeHandOver(policy, item.Failures);
        if (decision.Thrown is { } thrown)
        {
            LineOf(thrown, policy, item).Invoke(_context.Logger);
        }

        return decision.GivesUp && (!subscription.Options.DeadLetter || subscription.DeadLetters.HasRoom(subscription.Options.DeadLetterCapacity));
    }

    /// <summary>Gets the line for the log that a policy threw.</summary>
    public Action<LogQueue> LineOf(Exception thrown, RetryPolicy policy, Buffered item) => logger => EngineLog.PolicyFailed(
        logger, thrown, subscription.Name, TypeName.Of(policy.GetType()), item.Sequence, item.Cursor.Log.Name, item.Failures);

    private RetryPolicy PolicyOf(LeaseList list) => list.Retry ?? subscription.Options.Retry;

    private void TakeDue(long now, ref List<Move>? aged)
    {
        // After a failure of the store nothing is read or handed over any more.
        while (_state.Availability.Failure is null && _state.InHand.Redelivery.TryTakeDue(now, out Buffered item))
        {
            if (_state.Keeper.IsTooOld(item, now))
            {
                (aged ??= []).Add(_state.InHand.BeginEviction(item));
            }
            else if (item.Record.IsMissing)
            {
                _state.InHand.BeginFetch();
                subscription.Parts.StoredBacklog.Fetch(item);
            }
            else
            {
                _state.InHand.Redelivery.AddFailed(item);
            }
        }
    }

    // A policy that is not ours is not asked on the timer's thread, and holds its message only.
    private void ExpireElsewhere(Lease lease, long at)
    {
        // Whoever has the delivery hears of it now, however long the policy takes.
        if (lease.Lost is { } lost)
        {
            subscription.Parts.Settling.CancelLost(lost);
            lease.Lost = null;
        }

        _context.Work.RunCounted(() => Expire(lease, at));
    }

    private void Expire(Lease lease, long at) =>
        DeadLettering.Quietly(() => End(lease, at, delay: null, DeliveryEnd.Expired, Expired, waits: false, out _));

    /// <summary>Begins a failure: nobody holds the message any more, and it is on its way until its policy has answered.</summary>
    /// <param name="token">The delivery.</param>
    /// <param name="lease">The lease that has ended.</param>
    /// <param name="at">The time of the failure.</param>
    /// <returns>Whether the lease was held.</returns>
    private bool TryBegin(DeliveryToken token, out Lease lease, out long at)
    {
        using Guard guard = subscription.Hold();
        bool held = subscription.TryRelease(token, out lease);
        at = held ? Begin(lease) : 0;
        return held;
    }

    private long Begin(in Lease lease)
    {
        _state.InHand.BeginMove(lease.Item);
        _state.InHand.Redelivery.BeginAsking(lease.Number, lease.Item);
        long now = _context.Clock.Now;
        _state.LastUse.At = now;
        return now;
    }

    /// <summary>Asks the policy, without the lock, and puts the message where it says. The delay counts from the failure, however long the answer takes.</summary>
    private Task? End(in Lease lease, long at, TimeSpan? delay, DeliveryEnd end, string description, bool waits, out Settlement settlement)
    {
        Buffered held = lease.Item;
        int failures = held.Failures + (held.Failures < int.MaxValue ? 1 : 0);
        var item = new Buffered(held.Cursor, held.Sequence, held.Record, held.Attempts, failures);
        RetryPolicy policy = PolicyOf(lease.List);
        RetryDecision decision = RetryDecision.After(policy, failures, held.Sequence, delay);
        var move = new Move(item, HasLeft: false);
        using (Aftermath after = subscription.Decide())
        {
            _state.InHand.Redelivery.EndAsking(lease.Number);
            long due = decision.GivesUp ? 0 : _state.ComeBack(move, at, decision.Delay, _context.Clock.Now);
            after.Ended(new DeliveryToken(_context.Epoch, lease.Number), end, due, description);
            if (decision.Thrown is { } thrown)
            {
                after.Log(LineOf(thrown, policy, item));
            }

            after.Alarm(due);
            if (end == DeliveryEnd.Expired)
            {
                after.Cancel(lease.Lost);
                after.Log(LostLeaseLine(lease));
            }

            if (!decision.GivesUp)
            {
                after.CheckBacklog();
                if (!waits)
                {
                    after.Mark(item.Cursor);
                }
            }
        }

        settlement = Settlement.Nacked;
        return decision.GivesUp
            ? subscription.Parts.DeadLettering.GiveUp(move, DeadLetterReason.RetriesExhausted, description, waits, out settlement)
            : waits && _context.WriterOf(item.Cursor.Log) is { } writer ? writer.MarkDirty(item.Cursor, item.Cursor.Log.Durability, waits: true)
            : null;
    }

    /// <summary>Gets the line for the log of a lease that has ended before its message was settled: each time when the number of such leases has doubled.</summary>
    /// <remarks>A worker logs the calls that are over their time itself. What a handler left unsettled when it returned is logged here.</remarks>
    private Action<LogQueue>? LostLeaseLine(in Lease lease) =>
        lease.RenewUntil == 0 && _state.Counters.CountLeaseLost() is var count && long.IsPow2(count) ? LostLeaseLine(lease.Item, lease.List.Duration, count) : null;

    private Action<LogQueue> LostLeaseLine(Buffered item, long duration, long count)
    {
        MessageLog log = item.Cursor.Log;
        RecordHead head = item.Record.IsEncoded ? RecordCodec.ReadHead(item.Record.Payload) : new RecordHead(_context.Epoch, 0, item.Record.Extras, default);
        MessageId id = head.Extras?.Id ?? _context.IdOf(head.Epoch, log.Id, item.Sequence);
        return logger => EngineLog.LeaseLost(
            logger, subscription.Name, item.Sequence, id, head.Extras?.Destination ?? log.Name, TimeSpan.FromTicks(duration), count);
    }
}
