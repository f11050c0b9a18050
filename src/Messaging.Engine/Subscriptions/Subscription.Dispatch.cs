using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Records;

namespace Messaging.Subscriptions;

/// <content>From the logs to the consumers.</content>
internal sealed partial class Subscription
{
    public void OnAppended()
    {
        if (Volatile.Read(ref _hungry))
        {
            lock (_gate)
            {
                PumpLocked();
            }
        }

        if (Volatile.Read(ref _backlog) is { } backlog && NeedsLook(backlog))
        {
            KeepWithinBacklog();
        }
    }

    /// <summary>Fills the buffer from what is returned, failed and new.</summary>
    /// <remarks>While consumers run they fill it themselves. Senders do it only when one may be parked and found nothing,
    /// so that sending and consuming do not fight for the lock.</remarks>
    private void PumpLocked()
    {
        if (_stopped)
        {
            Volatile.Write(ref _hungry, false);
            return;
        }

        Volatile.Write(ref _full, false);
        do
        {
            if (FillLocked() && _parked)
            {
                _buffer.Wake();
                _parked = false;
            }

            Volatile.Write(ref _hungry, _parked);
            if (!_parked)
            {
                break;
            }

            // Hungry first, then a last look: a sender appends first and then asks. One of the two sees the other.
            Interlocked.MemoryBarrier();
        }
        while (HasRoomLocked() && HasFreshLocked());
        // The same race with takes and acks; settling notifies others, so it runs later, outside the lock.
        bool isNarrow = _parked && !HasRoomLocked();
        if (isNarrow || _full)
        {
            Interlocked.MemoryBarrier();
            if ((isNarrow && _leases.HasTaken()) || (_full && _leases.HasAcked()))
            {
                _context.Work.Enter();
                _context.Work.Run(_lookLater ??= LookLater);
            }
        }
    }

    /// <returns>Whether there was anything.</returns>
    private bool FillLocked()
    {
        if (_cursors.Count == 1 && _redelivery.ReadyCount == 0 && FillFromTailLocked(_cursors[0]))
        {
            return true;
        }

        bool any = false;
        while (HasRoomLocked() && TryTakeNextLocked(out Buffered item))
        {
            any = true;
            _buffer.Write(_leases.Offer(item));
            if (item.Sequence % 8 == 0 && SeededBugs.Is(SeededBug.DoubleDispatch))
            {
                _buffer.Write(_leases.Offer(item));
            }
        }

        return any;
    }

    /// <summary>Fills the buffer with new messages that are in memory, which is what there is mostly.</summary>
    private bool FillFromTailLocked(LogCursor cursor)
    {
        if (cursor.State.IsRecovering || cursor.Ahead.Records.Count > 0 || SeededBugs.Is(SeededBug.DoubleDispatch) || !MayTakeFreshLocked(cursor))
        {
            return false;
        }

        long first = cursor.State.Next;
        long end = Math.Min(cursor.End, first + DispatchBuffer.RunLength);
        long next = first;
        while (next < end && HasRoomLocked() && _leases.TryOffer(cursor, next, out long number))
        {
            _buffer.Write(number);
            next++;
        }

        cursor.State.TakeUpTo(next);
        return next > first;
    }

    private bool HasRoomLocked() => _leases.Offered < _buffer.Capacity && !_leases.IsFull;

    private bool HasFreshLocked()
    {
        foreach (LogCursor cursor in _cursors)
        {
            if (!cursor.Ahead.IsReading && MayTakeFreshLocked(cursor))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryTakeNextLocked(out Buffered item)
    {
        if (_redelivery.TryTakeReturned(out item))
        {
            return item.Record.IsMissing ? FetchLocked(item) && TryTakeNextLocked(out item) : true;
        }

        _failedTurn = !_failedTurn;
        return (_failedTurn && _redelivery.TryTakeFailed(out item)) || TryTakeFreshLocked(out item) || _redelivery.TryTakeFailed(out item);
    }

    private bool TryTakeFreshLocked(out Buffered item)
    {
        for (int i = 0; i < _cursors.Count; i++)
        {
            // The logs take turns.
            _turn = _turn + 1 < _cursors.Count ? _turn + 1 : 0;
            LogCursor cursor = _cursors[_turn];
            if (MayTakeFreshLocked(cursor) && TryGetLocked(cursor, cursor.State.Next, out Record record))
            {
                long sequence = cursor.State.Take();
                RetryCounts counts = cursor.State.CountsOf(sequence);
                item = new Buffered(cursor, sequence, record, counts.Attempts, counts.Failures);
                return true;
            }
        }

        item = default;
        return false;
    }

    /// <summary>Tells whether a log has a new message that may be handed out. Messages that were out before an opening are not new.</summary>
    private bool MayTakeFreshLocked(LogCursor cursor)
    {
        if (!cursor.State.SeekNext(cursor.End))
        {
            return false;
        }

        if (cursor.State.IsRecovering || cursor.State.Exceptions < Options.MaxOutOfOrder)
        {
            return true;
        }

        Volatile.Write(ref _full, true);
        return false;
    }

    /// <summary>Fills the buffer if what was settled may have made that possible.</summary>
    private void AfterSettleLocked()
    {
        if (_full || _redelivery.ReadyCount > 0)
        {
            PumpLocked();
        }
    }

    /// <summary>Takes the buffered messages back, in their order.</summary>
    private void RevokeLocked()
    {
        while (_buffer.TryRead(out long number))
        {
            _redelivery.Return(_leases.TakeBack(number));
        }
    }

    private void MarkLazily(LogCursor cursor, Durability durability)
    {
        if (_context.WriterOf(cursor.Log) is { } writer && !cursor.IsMarked(durability) && writer.Failure is null)
        {
            try
            {
                writer.MarkLazily(cursor, durability);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or StoreException)
            {
                // The writer has stopped meanwhile; whoever waits for it is told.
            }
        }
    }
}
