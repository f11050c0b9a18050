using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.State;

namespace Messaging.Subscriptions;

/// <summary>The coming and going of a subscription's consumers.</summary>
internal sealed class ConsumerPorts(Subscription subscription, DispatchBuffer buffer)
{
    private readonly BrokerContext _context = subscription.Context;
    private readonly SubscriptionState _state = subscription.State;

    private LeaseTable Leases => _state.InHand.Leases;

    public void Open(ConsumerPort port)
    {
        using Guard guard = subscription.Hold();
        BrokerClosed.ThrowIf(_state.Availability.IsClosed);
        _state.LastUse.At = _context.Clock.Now;
        _state.Ports.Add(port);
        Leases.Held.Add(port.Leases);
        buffer.Capacity += port.Prefetch;
        _state.Demand.Ask();
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
            _state.LastUse.At = _context.Clock.Now;
            _state.Ports.Remove(port);
            buffer.Capacity -= port.Prefetch;
        }

        // What was acked is settled, and what is held is linked. Who is handed a message at this moment finds the port closed.
        subscription.SettleAcks();
        ReturnAll(port);
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

        Leases.Held.Remove(port.Leases);
        if (Leases.Offered > buffer.Capacity)
        {
            _state.Intake.Revoke();
        }

        _state.Demand.Ask();
        after.CheckBacklog();
    }
}
