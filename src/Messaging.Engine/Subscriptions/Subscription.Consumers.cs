using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Logs;
using Messaging.Records;

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
        SettleAcks();
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

    /// <summary>Takes back a message, reserved or leased, after an unexpected exception in the consumer. No failure is counted. The message comes again
    /// after a second: at once, the same might happen without pause.</summary>
    /// <param name="number">The delivery number, as it was read from the buffer.</param>
    public void PutOff(long number)
    {
        long due;
        bool wasLeased;
        lock (_gate)
        {
            wasLeased = _leases.TryRelease(number, out Lease lease);
            if (!wasLeased && !_leases.TryPeek(number, out _))
            {
                // It was settled, or its lease has ended.
                return;
            }

            due = WaitLocked(wasLeased ? lease.Item : _leases.TakeBack(number), _context.Clock.Now, TimeSpan.FromSeconds(1));
        }

        if (wasLeased)
        {
            _context.Observer?.OnEnded(
                Name, new DeliveryToken(_context.Epoch, number), DeliveryEnd.Returned, due, "Its consumer met an unexpected exception.");
        }

        SetAlarm(due);
    }

    /// <summary>Logs that a lease has ended before its message was settled: each time when the number of such leases has doubled.</summary>
    /// <remarks>A worker logs the calls that are over their time itself. What a handler left unsettled when it returned is logged here.</remarks>
    private void ReportLostLease(in Lease lease)
    {
        if (lease.RenewUntil == 0 && Interlocked.Increment(ref _leasesLost) is var count && long.IsPow2(count))
        {
            Buffered item = lease.Item;
            MessageLog log = item.Cursor.Log;
            RecordHead head = item.Record.IsEncoded ? RecordCodec.ReadHead(item.Record.Payload) : new RecordHead(_context.Epoch, 0, item.Record.Extras, default);
            MessageId id = head.Extras?.Id ?? _context.IdOf(head.Epoch, log.Id, item.Sequence);
            EngineLog.LeaseLost(
                _context.Logger, Name, item.Sequence, id, head.Extras?.Destination ?? log.Name, TimeSpan.FromTicks(lease.List.Duration), count);
        }
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
