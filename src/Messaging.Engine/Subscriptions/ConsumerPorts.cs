using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.State;

namespace Messaging.Subscriptions;

/// <summary>The coming and going of a subscription's consumers, and what they give back.</summary>
internal sealed class ConsumerPorts(Subscription subscription, DispatchBuffer buffer)
{
    private readonly BrokerContext _context = subscription.Context;
    private readonly SubscriptionState _state = subscription.State;

    private LeaseTable Leases => _state.InHand.Leases;

    public void Open(ConsumerPort port)
    {
        using Guard guard = subscription.Hold();
        BrokerClosed.ThrowIf(_state.Availability.IsClosed);
        _state.LastUse.Note(_context.Clock.Now);
        _state.Ports.Add(port);
        Leases.AddList(port.Leases);
        buffer.Capacity += port.Prefetch;
        _state.Serve();
    }

    /// <summary>Ends a consumer: what it has not settled returns, without counting a failure.</summary>
    public void Close(ConsumerPort port)
    {
        using (Guard guard = subscription.Hold())
        {
            if (port.IsClosed)
            {
                return;
            }

            port.IsClosed = true;
            _state.LastUse.Note(_context.Clock.Now);
            _state.Ports.Remove(port);
            buffer.Capacity -= port.Prefetch;
        }

        // What was acked is settled, and what is held is linked. Who is handed a message at this moment finds the port closed.
        subscription.SettleAcks();
        ReturnAll(port);
    }

    /// <summary>Takes back a delivery whose handler was asked to stop: it goes to others at once, and no failure is counted.</summary>
    /// <returns>Whether the lease was held.</returns>
    public bool Return(DeliveryToken token)
    {
        using Aftermath after = subscription.Decide();
        if (!TryRelease(token, out Lease lease))
        {
            return false;
        }

        _state.Return(lease.Item);
        after.Ended(token, DeliveryEnd.Returned, reason: "Its handler was asked to stop.");
        after.Mark(lease.Item.Cursor);
        after.CheckBacklog();
        return true;
    }

    /// <summary>Takes back what was handed to a consumer that has gone meanwhile, if nobody else has done so.</summary>
    public bool TryReturn(long number)
    {
        using Guard guard = subscription.Hold();
        if (!Leases.TryRelease(number, out Lease lease))
        {
            return false;
        }

        _state.Return(lease.Item);
        return true;
    }

    /// <summary>Takes back a message, reserved or leased, after an unexpected exception in the consumer. No failure is counted. The message comes again
    /// after a second: at once, the same might happen without pause.</summary>
    /// <param name="number">The delivery number, as it was read from the buffer.</param>
    public void PutOff(long number)
    {
        using Aftermath after = subscription.Decide();
        bool wasLeased = Leases.TryRelease(number, out Lease lease);
        if (!wasLeased && !Leases.TryPeek(number, out _))
        {
            // It was settled, or its lease has ended.
            return;
        }

        long due = WaitASecond(wasLeased ? lease.Item : Leases.TakeBack(number));
        after.Alarm(due);
        if (wasLeased)
        {
            after.Ended(new DeliveryToken(_context.Epoch, number), DeliveryEnd.Returned, due, "Its consumer met an unexpected exception.");
        }
    }

    /// <summary>Waits for the store where a delivery must not begin before it knows: of the ack on receipt, or of the beginning.</summary>
    /// <returns>Whether it may begin. False if the lease was lost: another consumer gets the message.</returns>
    public async ValueTask<bool> ConfirmAsync(DeliveryToken token, LogCursor? toMark, bool acksOnReceive)
    {
        if (acksOnReceive)
        {
            return await subscription.Parts.Settling.AckAsync(token, CancellationToken.None).ConfigureAwait(WorkContext.IsCurrent) == Settlement.Acked;
        }

        if (toMark is not null)
        {
            try
            {
                await _context.Writer!.MarkDirty(toMark, Durability.Process, waits: true).ConfigureAwait(WorkContext.IsCurrent);
            }
            catch (StoreException)
            {
                PutOff(token);
                throw;
            }
        }

        return true;
    }

    /// <summary>Takes back a delivery that could not begin, which is no failure of the message. It comes again after a while: at once, a store that
    /// refuses would be asked without pause.</summary>
    private void PutOff(DeliveryToken token)
    {
        using Aftermath after = subscription.Decide();
        if (TryRelease(token, out Lease lease))
        {
            long due = WaitASecond(lease.Item);
            after.Ended(token, DeliveryEnd.Returned, due, "The store refused to note that its handling begins.");
            after.Alarm(due);
        }
    }

    private void ReturnAll(ConsumerPort port)
    {
        using Aftermath after = subscription.Decide();
        HashSet<LogCursor> dirty = [];
        while (Leases.TryTake(port.Leases, out Lease lease))
        {
            _state.Return(lease.Item);
            after.Ended(new DeliveryToken(_context.Epoch, lease.Number), DeliveryEnd.Returned);
            after.Cancel(lease.Lost);
            if (dirty.Add(lease.Item.Cursor))
            {
                after.Mark(lease.Item.Cursor);
            }
        }

        Leases.RemoveList(port.Leases);
        if (Leases.Offered > buffer.Capacity)
        {
            _state.Intake.Revoke();
        }

        _state.Serve();
        after.CheckBacklog();
    }

    private bool TryRelease(DeliveryToken token, out Lease lease)
    {
        lease = default;
        return token.Epoch == _context.Epoch && Leases.TryRelease(token.Number, out lease);
    }

    private long WaitASecond(in Buffered item)
    {
        long now = _context.Clock.Now;
        return _state.Wait(item, now, TimeSpan.FromSeconds(1), now);
    }
}
