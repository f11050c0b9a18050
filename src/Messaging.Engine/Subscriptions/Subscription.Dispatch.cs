using System.Diagnostics.CodeAnalysis;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Storage;

namespace Messaging.Subscriptions;

/// <content>From the logs to the consumers.</content>
internal sealed partial class Subscription
{
    private const int ReadRecords = 1024;
    private const int ReadBytes = 1 << 20;

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

    private bool TryGetLocked(LogCursor cursor, long sequence, out Record record)
    {
        while (cursor.ReadAhead.TryPeek(out StoreRecord first) && first.Sequence <= sequence)
        {
            cursor.ReadAhead.Dequeue();
            if (first.Sequence == sequence)
            {
                record = new Record(first.Payload);
                return true;
            }
        }

        if (cursor.Log.TryGet(sequence, out record))
        {
            return true;
        }

        if (!cursor.IsReading && cursor.IsStored)
        {
            cursor.IsReading = true;
            _context.Work.Enter();
            ThreadPool.UnsafeQueueUserWorkItem(
                static state => _ = state.Owner.ReadAheadAsync(state.Cursor, state.Sequence), (Owner: this, Cursor: cursor, Sequence: sequence), preferLocal: false);
        }

        return false;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a store throws is logged, and the read is tried again.")]
    private async Task ReadAheadAsync(LogCursor cursor, long sequence)
    {
        var records = new List<StoreRecord>();
        try
        {
            await cursor.Log.Writer!.Store.ReadAsync(new StoreRange(cursor.Log.Id, sequence, ReadRecords, ReadBytes), records).ConfigureAwait(false);
            if (records.Count == 0)
            {
                throw new StoreException($"The store has no record at or after {sequence} of log {cursor.Log.Id}.");
            }

            long missing;
            lock (_gate)
            {
                cursor.IsReading = false;
                missing = SkipMissingLocked(cursor, records[0].Sequence);
                foreach (StoreRecord record in records)
                {
                    cursor.ReadAhead.Enqueue(record);
                }

                PumpLocked();
            }

            if (missing > 0)
            {
                EngineLog.RecordsMissing(_context.Logger, Name, missing, cursor.Log.Name, records[0].Sequence);
                Settled?.Invoke(missing);
            }
        }
        catch (Exception exception)
        {
            ReadFailed(cursor, exception);
            lock (_gate)
            {
                cursor.IsReading = false;
            }
        }
        finally
        {
            _context.Work.Exit();
        }
    }

    /// <summary>Passes over numbers that the store does not hold: they are counted as dropped and logged, and the rest is served.</summary>
    private long SkipMissingLocked(LogCursor cursor, long first)
    {
        long missing = 0;
        while (cursor.State.SeekNext(first))
        {
            cursor.State.Settle(cursor.State.Take());
            missing++;
        }

        _dropped += missing;
        cursor.ShowFloor();
        return missing;
    }

    /// <summary>Reads the bytes of one message that is in hands, then puts it back where it would be handed over.</summary>
    private bool FetchLocked(Buffered item)
    {
        _fetching++;
        _context.Work.Enter();
        ThreadPool.UnsafeQueueUserWorkItem(
            static state => _ = state.Owner.FetchAsync(state.Item), (Owner: this, Item: item), preferLocal: false);
        return true;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a store throws is logged, and the read is tried again.")]
    private async Task FetchAsync(Buffered item)
    {
        LogCursor cursor = item.Cursor;
        var records = new List<StoreRecord>(1);
        try
        {
            await cursor.Log.Writer!.Store.ReadAsync(new StoreRange(cursor.Log.Id, item.Sequence, 1, 1), records).ConfigureAwait(false);
            if (records.Count == 0 || records[0].Sequence != item.Sequence)
            {
                throw new StoreException($"The store has no record {item.Sequence} of log {cursor.Log.Id}.");
            }

            lock (_gate)
            {
                _fetching--;
                _redelivery.AddFailed(item.With(new Record(records[0].Payload)));
                PumpLocked();
            }
        }
        catch (Exception exception)
        {
            lock (_gate)
            {
                _fetching--;
                _redelivery.AddWaiting(item, _context.Clock.Now + TimeSpan.TicksPerSecond);
            }

            ReadFailed(cursor, exception);
        }
        finally
        {
            _context.Work.Exit();
        }
    }

    private void ReadFailed(LogCursor cursor, Exception exception)
    {
        if (exception is not ObjectDisposedException)
        {
            EngineLog.BacklogReadFailed(_context.Logger, exception, Name, cursor.Log.Name);
            _alarm.SetNoLaterThan(_context.Clock.Now + TimeSpan.TicksPerSecond);
        }
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
