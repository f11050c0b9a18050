using Messaging.Cursors;
using Messaging.Dispatch;
using Messaging.Storage;

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
    }

    /// <summary>Waits until there may be a message: false when there will be none any more.</summary>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        Park(1);
        try
        {
            return await _buffer.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Park(-1);
        }
    }

    /// <summary>Hands a message over, if one is buffered.</summary>
    /// <param name="port">The consumer.</param>
    /// <param name="processing">How long the lease renews itself, in ticks; 0 for not at all.</param>
    /// <param name="lost">What to cancel when the lease is lost.</param>
    /// <param name="message">The message.</param>
    public bool TryTake(ConsumerPort port, long processing, CancellationTokenSource? lost, out LeasedMessage message)
    {
        while (TryRead(out Buffered item))
        {
            long deadline = long.MaxValue;
            bool exhausted;
            lock (_gate)
            {
                _buffer.NoteTaken();
                if (_paused || _closed || port.IsClosed || _leases.IsFull)
                {
                    _redelivery.Return(item);
                    // While the item was in this consumer's hands the buffer seemed full to others, who may have parked.
                    PumpLocked();
                    break;
                }

                exhausted = item.Failures > 0 && item.Failures >= PolicyOf(port.Leases).MaxFailures;
                message = exhausted ? default : GrantLocked(port, item, processing, lost, out deadline);
                _moving += exhausted ? 1 : 0;
                if (_buffer.IsLow)
                {
                    PumpLocked();
                }
            }

            if (!exhausted)
            {
                _alarm.SetNoLaterThan(deadline);
                MarkLazily(item.Cursor, Durability.Process);
                return true;
            }

            // Its process died as often as it may fail: it is not handed over again.
            GiveUpDied(item);
        }

        message = default;
        return false;
    }

    // Apart from the caller, whose every call would otherwise allocate what the lambda captures.
    private void GiveUpDied(Buffered item) =>
        Quietly(() => GiveUp(item, DeadLetterReason.RetriesExhausted, "The process ended while the message was being handled.", out _));

    /// <summary>Waits until the store knows that a delivery has begun.</summary>
    public Task MarkStartedAsync(LogCursor cursor) =>
        cursor.Log.Writer!.MarkDirty(cursor, Durability.Process, waits: true);

    /// <summary>Drops the oldest message that nobody holds.</summary>
    public bool TryDropOldest()
    {
        LogCursor? cursor = null;
        lock (_gate)
        {
            if (TryTakeOldestLocked(out Buffered item))
            {
                cursor = item.Cursor;
                cursor.State.Settle(item.Sequence);
                cursor.ShowFloor();
                _dropped++;
            }
        }

        if (cursor is null)
        {
            return false;
        }

        AfterSettle(cursor);
        MarkLazily(cursor, cursor.Log.Durability);
        return true;
    }

    private bool TryTakeOldestLocked(out Buffered item)
    {
        if (_redelivery.TryTakeReturned(out item))
        {
            return true;
        }

        if (_buffer.TryRead(out item))
        {
            _buffer.NoteTaken();
            return true;
        }

        if (_redelivery.TryTakeFailed(out item))
        {
            return true;
        }

        foreach (LogCursor cursor in _cursors)
        {
            if (cursor.State.SeekNext(cursor.Log.End))
            {
                item = new Buffered(cursor, cursor.State.Take(), default, 0, 0);
                return true;
            }
        }

        return _redelivery.TryTakeDue(long.MaxValue - 1, out item);
    }

    private LeasedMessage GrantLocked(
        ConsumerPort port, in Buffered item, long processing, CancellationTokenSource? lost, out long deadline)
    {
        long now = _context.Clock.Now;
        deadline = now + port.Leases.Duration;
        var handed = new Buffered(item.Cursor, item.Sequence, item.Record, item.Attempts + 1, item.Failures);
        long number = _leases.Grant(port.Leases, handed, now, processing == 0 ? 0 : now + processing, lost);
        _delivered++;
        _redelivered += item.Attempts > 0 ? 1 : 0;
        return new LeasedMessage(handed, new DeliveryToken(_context.Epoch, number), item.Sequence < item.Cursor.MarkBelow);
    }

    /// <summary>Reads a buffered message, after filling an empty buffer.</summary>
    private bool TryRead(out Buffered item)
    {
        if (_buffer.TryRead(out item))
        {
            return true;
        }

        lock (_gate)
        {
            PumpLocked();
        }

        return _buffer.TryRead(out item);
    }

    private void Park(int change)
    {
        lock (_gate)
        {
            _parked += change;
            PumpLocked();
        }
    }

    /// <summary>Fills the buffer from what is returned, failed and new.</summary>
    /// <remarks>While consumers run they fill it themselves. Senders do it only when one is parked and finds nothing,
    /// so that sending and consuming do not fight for the lock.</remarks>
    private void PumpLocked()
    {
        if (_paused || _closed)
        {
            Volatile.Write(ref _hungry, false);
            return;
        }

        do
        {
            while (_buffer.HasRoom && TryTakeNextLocked(out Buffered item))
            {
                _buffer.Write(item);
            }

            if (!_buffer.HasRoom || _buffer.Count > 0 || _parked == 0)
            {
                Volatile.Write(ref _hungry, false);
                return;
            }

            // Hungry first, then a last look: a sender appends first and then asks. One of the two sees the other.
            Volatile.Write(ref _hungry, true);
            Interlocked.MemoryBarrier();
        }
        while (HasFreshLocked());
    }

    private bool HasFreshLocked()
    {
        foreach (LogCursor cursor in _cursors)
        {
            if (!cursor.IsReading && cursor.State.SeekNext(cursor.Log.End))
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
            if (cursor.State.SeekNext(cursor.Log.End) && TryGetLocked(cursor, cursor.State.Next, out Record record))
            {
                item = new Buffered(cursor, cursor.State.Take(), record, 0, 0);
                return true;
            }
        }

        item = default;
        return false;
    }

    /// <summary>Takes the buffered messages back, in their order.</summary>
    private void RevokeLocked()
    {
        while (_buffer.TryRead(out Buffered item))
        {
            _buffer.NoteTaken();
            _redelivery.Return(item);
        }
    }

    private void MarkLazily(LogCursor cursor, Durability durability)
    {
        if (cursor.Log.Writer is { } writer && writer.Failure is null)
        {
            try
            {
                _ = writer.MarkDirty(cursor, durability, waits: false);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or StoreException)
            {
                // The writer has stopped meanwhile; whoever waits for it is told.
            }
        }
    }
}
