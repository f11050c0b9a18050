using System.Runtime.CompilerServices;
using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Leases;
using Messaging.Logs;
using Messaging.Scheduling;
using Messaging.Validation;
using Messaging.Writing;

namespace Messaging.Subscriptions;

/// <content>Settling: what a consumer says of a delivery.</content>
internal sealed partial class Subscription
{
    public ValueTask<Settlement> AckAsync(DeliveryToken token, CancellationToken cancellationToken)
    {
        if (!TryAck(token, takesNext: false, out LogCursor cursor))
        {
            return new ValueTask<Settlement>(Settlement.LeaseLost);
        }

        _context.Observer?.OnEnded(Name, token, DeliveryEnd.Acked, 0, null);

        if (SeededBugs.Is(SeededBug.AckBeforeCommit))
        {
            MarkLazily(cursor, cursor.Log.Durability);
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

        _context.Observer?.OnEnded(Name, token, DeliveryEnd.Acked, 0, null);

        MarkLazily(cursor, cursor.Log.Durability);
        return true;
    }

    public ValueTask<Settlement> NackAsync(DeliveryToken token, TimeSpan? delay, string? reason, CancellationToken cancellationToken)
    {
        Task? commit = Fail(token, delay, reason is null ? "The consumer gave no reason." : WellFormed.Of(reason), waits: true, out Settlement settlement);
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
        lock (_gate)
        {
            ref Lease lease = ref FindLocked(token);
            if (Unsafe.IsNullRef(ref lease))
            {
                return Settlement.LeaseLost;
            }

            lease.RenewUntil = Math.Max(lease.RenewUntil == 0 ? 0 : deadline, lease.RenewUntil);
            _leases.Move(ref lease, deadline);
        }

        _alarm.SetNoLaterThan(deadline);
        return Settlement.Extended;
    }

    public CancellationToken GetLeaseLost(DeliveryToken token)
    {
        lock (_gate)
        {
            ref Lease lease = ref FindLocked(token);
            return Unsafe.IsNullRef(ref lease)
                ? new CancellationToken(canceled: true)
                : (lease.Lost ??= new CancellationTokenSource()).Token;
        }
    }

    /// <summary>Ends the renewal of a lease whose handler has returned without settling.</summary>
    public void EndRenewal(DeliveryToken token)
    {
        lock (_gate)
        {
            ref Lease lease = ref FindLocked(token);
            if (!Unsafe.IsNullRef(ref lease))
            {
                lease.RenewUntil = 0;
            }
        }
    }

    /// <summary>Counts a failure without waiting for the commit, for handlers.</summary>
    public Settlement Fail(DeliveryToken token, string description)
    {
        Settlement settlement = Settlement.LeaseLost;
        Quietly(() => Fail(token, delay: null, description, waits: false, out settlement));
        return settlement;
    }

    /// <summary>Gives a delivery up without waiting for the commit, for the loops of consumers and handlers.</summary>
    public void Reject(DeliveryToken token, DeadLetterReason reason, string description) =>
        Quietly(() => Reject(token, reason, description, waits: false, out _));

    public void CopySettled(StoredReader reader, List<(long First, long Last)> output)
    {
        lock (_gate)
        {
            ((LogCursor)reader).CopySettledTo(output);
        }
    }

    /// <summary>Determines whether a message is settled, or passes the subscription by.</summary>
    public bool IsSettled(LogReader reader, long sequence)
    {
        CursorState state = ((LogCursor)reader).State;
        SettleAcks();
        lock (_gate)
        {
            return sequence >= state.SuspendedAt || state.IsSettled(sequence);
        }
    }

    private Task? Reject(DeliveryToken token, DeadLetterReason reason, string description, bool waits, out Settlement settlement)
    {
        Lease lease;
        lock (_gate)
        {
            if (!TryReleaseLocked(token, out lease))
            {
                settlement = Settlement.LeaseLost;
                return null;
            }

            _moving++;
        }

        _context.Observer?.OnEnded(Name, token, DeliveryEnd.Rejected, 0, description);
        return GiveUp(lease.Item, reason, description, waits, out settlement);
    }

    private Task? Fail(DeliveryToken token, TimeSpan? delay, string description, bool waits, out Settlement settlement)
    {
        if (!TryBeginFailure(token, out Lease lease, out long at))
        {
            settlement = Settlement.LeaseLost;
            return null;
        }

        FailureOutcome outcome = EndFailure(lease, at, delay);
        _context.Observer?.OnEnded(Name, token, DeliveryEnd.Nacked, outcome.Due, description);

        return AfterFailure(outcome, description, waits, out settlement);
    }

    /// <summary>Does what nobody waits for: a store that has stopped tells those who wait.</summary>
    private static void Quietly(Func<Task?> action)
    {
        try
        {
            // Nobody awaits it, so nobody else would look at its exception.
            _ = action()?.ContinueWith(
                static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            // The message is in the store and is delivered again when the broker is opened again.
        }
    }

    private bool TryAck(DeliveryToken token, bool takesNext, out LogCursor cursor)
    {
        if (TryAckAlone(token, takesNext, out cursor))
        {
            return true;
        }

        BacklogExit exit;
        lock (_gate)
        {
            AssertInvariants();
            if (token.Epoch != _context.Epoch || !_leases.TrySettle(token.Number, out cursor, out long sequence, out int size))
            {
                return false;
            }

            cursor.State.Settle(sequence);
            cursor.ShowFloor();
            exit = ExitLocked(cursor, sequence, size);
            _acked++;
            AfterSettleLocked();
        }

        AfterSettle(cursor, exit);
        return true;
    }

    private bool TryReleaseLocked(DeliveryToken token, out Lease lease)
    {
        if (token.Epoch == _context.Epoch)
        {
            AssertInvariants();
            return _leases.TryRelease(token.Number, out lease);
        }

        lease = default;
        return false;
    }

    private ref Lease FindLocked(DeliveryToken token)
    {
        if (token.Epoch == _context.Epoch)
        {
            return ref _leases.Find(token.Number);
        }

        return ref Unsafe.NullRef<Lease>();
    }

    /// <summary>Tells the log and the queue that a message is settled for good. Called without the lock.</summary>
    private void AfterSettle(LogCursor cursor, in BacklogExit exit)
    {
        cursor.Log.OnSettled(cursor, count: 1, exact: false);
        exit.Leave();
    }

    private static ValueTask<Settlement> OrCancelled(ValueTask<Settlement> settle, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled ? new ValueTask<Settlement>(WorkContext.Of(settle).WaitAsync(cancellationToken)) : settle;

    private static async ValueTask<Settlement> AfterCommitAsync(Task commit, Settlement settlement, CancellationToken cancellationToken)
    {
        await (cancellationToken.CanBeCanceled ? WorkContext.Of(commit).WaitAsync(cancellationToken) : commit).ConfigureAwait(WorkContext.IsCurrent);
        return settlement;
    }
}
