using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Leases;
using Messaging.Scheduling;
using Messaging.State;
using Messaging.Validation;

namespace Messaging.Subscriptions;

/// <summary>What consumers say of deliveries: acks, failures, and how long a lease lasts.</summary>
internal sealed class Settling(Subscription subscription) : IDeliverySettler
{
    private readonly BrokerContext _context = subscription.Context;
    private readonly SubscriptionState _state = subscription.State;
    private readonly LeaseTable _leases = subscription.State.InHand.Leases;
    private readonly Demand _demand = subscription.State.Demand;
    private readonly BacklogKeeper _keeper = subscription.State.Keeper;
    private Action? _soon;

    /// <summary>Gets the work that settles what was acknowledged so far, and fills the buffer. It is counted by who runs it.</summary>
    public Action Soon => _soon ??= SettleSoon;

    public ValueTask<Settlement> AckAsync(DeliveryToken token, CancellationToken cancellationToken)
    {
        if (!TryAck(token, takesNext: false, out LogCursor cursor))
        {
            return new ValueTask<Settlement>(Settlement.LeaseLost);
        }

        if (SeededBugs.Is(SeededBug.AckBeforeCommit))
        {
            _context.MarkLazily(cursor, cursor.Log.Durability);
            return new ValueTask<Settlement>(Settlement.Acked);
        }

        return _context.WriterOf(cursor.Log) is { } writer
            ? OrCancelled(writer.Settle(cursor, cursor.Log.Durability, Settlement.Acked), cancellationToken)
            : new ValueTask<Settlement>(Settlement.Acked);
    }

    /// <summary>Acknowledges without waiting for the commit, for handlers, which take the next message at once.</summary>
    /// <returns>Whether the lease was held.</returns>
    public bool Ack(DeliveryToken token)
    {
        if (!TryAck(token, takesNext: true, out LogCursor cursor))
        {
            return false;
        }

        _context.MarkLazily(cursor, cursor.Log.Durability);
        return true;
    }

    public ValueTask<Settlement> NackAsync(DeliveryToken token, TimeSpan? delay, string? reason, CancellationToken cancellationToken)
    {
        string description = reason is null ? "The consumer gave no reason." : WellFormed.Of(reason);
        Task? commit = subscription.Parts.Failing.Fail(token, delay, description, waits: true, out Settlement settlement);
        return commit is null
            ? new ValueTask<Settlement>(settlement)
            : AfterCommitAsync(commit, settlement, cancellationToken);
    }

    public ValueTask<Settlement> DeadLetterAsync(DeliveryToken token, string reason, CancellationToken cancellationToken)
    {
        Task? commit = Reject(token, DeadLetterReason.Rejected, WellFormed.Of(reason), waits: true, out Settlement settlement);
        return commit is null
            ? new ValueTask<Settlement>(settlement)
            : AfterCommitAsync(commit, settlement, cancellationToken);
    }

    public Settlement Extend(DeliveryToken token, TimeSpan duration)
    {
        long deadline = DueTime.After(_context.Clock.Now, duration.Ticks);
        using Aftermath after = subscription.Decide();
        ref Lease lease = ref Find(token);
        if (Unsafe.IsNullRef(ref lease))
        {
            return Settlement.LeaseLost;
        }

        lease.RenewUntil = Math.Max(lease.RenewUntil == 0 ? 0 : deadline, lease.RenewUntil);
        _leases.Move(ref lease, deadline);
        after.Alarm(deadline);
        return Settlement.Extended;
    }

    public CancellationToken GetLeaseLost(DeliveryToken token)
    {
        using Guard guard = subscription.Hold();
        ref Lease lease = ref Find(token);
        return Unsafe.IsNullRef(ref lease)
            ? new CancellationToken(canceled: true)
            : (lease.Lost ??= new CancellationTokenSource()).Token;
    }

    /// <summary>Ends the renewal of a lease whose handler has returned without settling.</summary>
    public void EndRenewal(DeliveryToken token)
    {
        using Guard guard = subscription.Hold();
        ref Lease lease = ref Find(token);
        if (!Unsafe.IsNullRef(ref lease))
        {
            lease.RenewUntil = 0;
        }
    }

    /// <summary>Cancels the token of a delivery or a handler.</summary>
    /// <remarks>Callbacks are user code: they run on the thread pool, or in the queue of a test, and never under a lock. Nobody waits for them, and what
    /// they throw is logged.</remarks>
    public void CancelLost(CancellationTokenSource source) => _ = CancelAsync(source);

    /// <summary>Gives a delivery up without waiting for the commit, for the loops of consumers and handlers.</summary>
    public void Reject(DeliveryToken token, DeadLetterReason reason, string description) =>
        DeadLettering.Quietly(() => Reject(token, reason, description, waits: false, out _));

    private async Task CancelAsync(CancellationTokenSource source)
    {
        try
        {
            await WorkContext.CancelAsync(source).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (AggregateException exception)
        {
            EngineLog.CallbackFailed(_context.Logger, exception, subscription.Name);
        }
    }

    private static ValueTask<Settlement> OrCancelled(ValueTask<Settlement> settle, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? new ValueTask<Settlement>(WorkContext.Of(settle).WaitAsync(cancellationToken)) : settle;

    private static async ValueTask<Settlement> AfterCommitAsync(Task commit, Settlement settlement, CancellationToken cancellationToken)
    {
        await (cancellationToken.CanBeCanceled ? WorkContext.Of(commit).WaitAsync(cancellationToken) : commit).ConfigureAwait(WorkContext.IsCurrent);
        return settlement;
    }

    private Task? Reject(DeliveryToken token, DeadLetterReason reason, string description, bool waits, out Settlement settlement)
    {
        Move move;
        using (Aftermath after = subscription.Decide())
        {
            if (!subscription.TryRelease(token, out Lease lease))
            {
                settlement = Settlement.LeaseLost;
                return null;
            }

            move = _state.InHand.BeginMove(lease.Item);
            after.Ended(token, DeliveryEnd.Rejected, reason: description);
        }

        return subscription.Parts.DeadLettering.GiveUp(move, reason, description, waits, out settlement);
    }

    private bool TryAck(DeliveryToken token, bool takesNext, out LogCursor cursor)
    {
        if (!TryAckAlone(token, takesNext, out cursor))
        {
            return TryAckLinked(token, out cursor);
        }

        _context.Observer?.OnEnded(subscription.Name, token, DeliveryEnd.Acked, 0, null);
        return true;
    }

    // Apart from the caller, whose every call would otherwise clear the aftermath that few need.
    private bool TryAckLinked(DeliveryToken token, out LogCursor cursor)
    {
        cursor = null!;
        using Aftermath after = subscription.Decide();
        if (token.Epoch != _context.Epoch || !_state.TryAck(token.Number, out cursor, out SettledRun run))
        {
            return false;
        }

        after.Settled(run);
        after.Ended(token, DeliveryEnd.Acked);
        return true;
    }

    /// <summary>Acknowledges without the lock, if the lease was granted since acks were settled last.</summary>
    /// <param name="token">The delivery.</param>
    /// <param name="takesNext">Whether the caller takes the next message at once, and settles when there is none.</param>
    /// <param name="cursor">The cursor.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryAckAlone(DeliveryToken token, bool takesNext, out LogCursor cursor)
    {
        if (token.Epoch != _context.Epoch)
        {
            cursor = null!;
            return false;
        }

        bool acked = _leases.TryAck(token.Number, out cursor);
        if (acked && MustSettle(token, takesNext, cursor))
        {
            subscription.SettleAcks();
        }

        return acked;
    }

    /// <summary>Tells whether an ack is to be settled at once: somebody waits for what it makes room for, or nobody else will settle it. Whoever takes what
    /// is new does.</summary>
    private bool MustSettle(DeliveryToken token, bool takesNext, LogCursor cursor) =>
        (!takesNext && _leases.IsLatest(token.Number) && cursor.Fresh == 0)
        || cursor.Log.WantsLook
        || _demand.IsFull
        || _keeper.Limit is not null;

    [SuppressMessage("Design", "CA1031", Justification = "Whatever is thrown is logged, and it is done again.")]
    private void SettleSoon()
    {
        try
        {
            subscription.SettleAcks(serves: true);
        }
        catch (Exception exception)
        {
            EngineLog.SettleFailed(_context.Logger, exception, subscription.Name);
            subscription.Alarm.SetNoLaterThan(DueTime.After(_context.Clock.Now, TimeSpan.TicksPerSecond));
        }
        finally
        {
            _context.Work.Exit();
        }
    }

    private ref Lease Find(DeliveryToken token)
    {
        if (token.Epoch == _context.Epoch)
        {
            return ref _leases.Find(token.Number);
        }

        return ref Unsafe.NullRef<Lease>();
    }
}
