using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;

namespace Messaging.Subscriptions;

/// <content>Consumers come and go.</content>
internal sealed partial class Subscription
{
    public void Open(ConsumerPort port)
    {
        lock (_gate)
        {
            BrokerClosed.ThrowIf(_closed);
            _activity = _context.Clock.Now;
            _ports.Add(port);
            _leases.AddList(port.Leases);
            _buffer.Capacity += port.Prefetch;
            PumpLocked();
        }
    }

    /// <summary>Ends a consumer: what it has not settled returns, without counting a failure.</summary>
    public void Close(ConsumerPort port)
    {
        List<CancellationTokenSource>? lost = null;
        List<long>? returned = null;
        HashSet<LogCursor>? dirty = null;
        lock (_gate)
        {
            if (port.IsClosed)
            {
                return;
            }

            port.IsClosed = true;
            _activity = _context.Clock.Now;
            _ports.Remove(port);
            _buffer.Capacity -= port.Prefetch;
        }

        // What was acked is settled, and what is held is linked. Who is handed a message at this moment finds the port closed.
        Look();
        lock (_gate)
        {
            while (_leases.TryTake(port.Leases, out Lease lease))
            {
                ReturnLocked(lease);
                (dirty ??= []).Add(lease.Item.Cursor);
                (returned ??= []).Add(lease.Number);
                if (lease.Lost is { } source)
                {
                    (lost ??= []).Add(source);
                }
            }

            _leases.RemoveList(port.Leases);
            if (_leases.Offered > _buffer.Capacity)
            {
                RevokeLocked();
            }

            PumpLocked();
        }

        foreach (long number in returned ?? [])
        {
            _context.Observer?.OnEnded(Name, new DeliveryToken(_context.Epoch, number), DeliveryEnd.Returned, 0, null);
        }

        Mark(dirty);
        CancelAll(lost);
        KeepWithinBacklog();
    }

    /// <summary>Takes back a delivery whose handler was asked to stop: it goes to others at once, and no failure is counted.</summary>
    /// <returns>Whether the lease was held.</returns>
    public bool Return(DeliveryToken token)
    {
        LogCursor cursor;
        lock (_gate)
        {
            if (!TryReleaseLocked(token, out Lease lease))
            {
                return false;
            }

            cursor = lease.Item.Cursor;
            ReturnLocked(lease);
            PumpLocked();
        }

        _context.Observer?.OnEnded(Name, token, DeliveryEnd.Returned, 0, "Its handler was asked to stop.");
        MarkLazily(cursor, cursor.Log.Durability);
        KeepWithinBacklog();
        return true;
    }

    private void ReturnLocked(in Lease lease)
    {
        Buffered item = lease.Item;
        item.Cursor.State.SetCounts(item.Sequence, new RetryCounts(item.Attempts, item.Failures, 0));
        if (!SeededBugs.Is(SeededBug.LoseReturned))
        {
            _redelivery.Return(item);
        }
    }
}
