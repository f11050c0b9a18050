using System.Runtime.CompilerServices;
using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Diagnostics;
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

        if (Volatile.Read(ref _backlog) is { } backlog && NeedsLook(backlog))
        {
            KeepWithinBacklog();
        }
    }

    /// <summary>Waits until there may be a message: false when there will be none any more.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
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

    /// <summary>Hands a message over, if there is one.</summary>
    /// <param name="port">The consumer.</param>
    /// <param name="processing">How long the lease renews itself, in ticks; 0 for not at all.</param>
    /// <param name="lost">What to cancel when the lease is lost.</param>
    /// <param name="message">The message.</param>
    public bool TryTake(ConsumerPort port, long processing, CancellationTokenSource? lost, out LeasedMessage message)
    {
        while (TryRead(out Buffered item))
        {
            HandOver outcome;
            lock (_gate)
            {
                outcome = HandOverLocked(port, item, processing, lost, out message);
            }

            if (AfterHandOver(outcome, item, port, marked: null))
            {
                return true;
            }

            if (outcome == HandOver.Refused)
            {
                return false;
            }
        }

        message = default;
        return false;
    }

    /// <summary>Acknowledges a delivery and hands the next message over under one lock, for a handler that returned at once.</summary>
    /// <param name="token">The delivery to acknowledge.</param>
    /// <param name="port">The consumer.</param>
    /// <param name="processing">How long the next lease renews itself, in ticks.</param>
    /// <param name="lost">What to cancel when the next lease is lost.</param>
    /// <param name="message">The next message.</param>
    /// <param name="taken">Whether there is a next message.</param>
    /// <returns>Whether the lease was held. If it was not, nothing is handed over.</returns>
    public bool AckAndTake(
        DeliveryToken token, ConsumerPort port, long processing, CancellationTokenSource lost, out LeasedMessage message, out bool taken)
    {
        bool found = _buffer.TryRead(out Buffered item);
        HandOver outcome = HandOver.Refused;
        message = default;
        LogCursor? settled;
        BacklogExit exit;
        lock (_gate)
        {
            if (!TryAckLocked(token, out settled, out exit))
            {
                if (found)
                {
                    GiveBackLocked(item);
                }
            }
            else if (found)
            {
                outcome = HandOverLocked(port, item, processing, lost, out message);
            }
        }

        if (settled is null)
        {
            taken = false;
            return false;
        }

        AfterSettle(settled, exit);
        MarkLazily(settled, settled.Log.Durability);
        taken = found && AfterHandOver(outcome, item, port, marked: settled);
        return true;
    }

    private HandOver HandOverLocked(
        ConsumerPort port, in Buffered item, long processing, CancellationTokenSource? lost, out LeasedMessage message)
    {
        if (_paused || _closed || _failure is not null || port.IsClosed || _leases.IsFull)
        {
            GiveBackLocked(item);
            message = default;
            return HandOver.Refused;
        }

        _buffer.NoteTaken();
        bool exhausted = item.Failures > 0 && item.Failures >= PolicyOf(port.Leases).MaxFailures;
        if (exhausted)
        {
            _moving++;
            message = default;
        }
        else
        {
            message = GrantLocked(port, item, processing, lost);
        }

        if (_buffer.IsLow)
        {
            PumpLocked();
        }

        return exhausted ? HandOver.Exhausted : HandOver.Granted;
    }

    /// <summary>Does what follows a hand-over without the lock.</summary>
    /// <param name="outcome">What became of the message.</param>
    /// <param name="item">The message.</param>
    /// <param name="port">The consumer.</param>
    /// <param name="marked">A cursor that is marked for the store already, since the hand-over.</param>
    /// <returns>Whether the consumer has the message.</returns>
    private bool AfterHandOver(HandOver outcome, in Buffered item, ConsumerPort port, LogCursor? marked)
    {
        if (outcome == HandOver.Granted)
        {
            _alarm.SetNoLaterThan(port.LatestDeadline);
            if (item.Cursor != marked)
            {
                MarkLazily(item.Cursor, Durability.Process);
            }

            if (Volatile.Read(ref _backlog) is { IsOverAge: true })
            {
                // The oldest that nobody holds is another one now.
                KeepWithinBacklog();
            }

            return true;
        }

        if (outcome == HandOver.Exhausted)
        {
            // Its process died as often as it may fail: it is not handed over again.
            GiveUpDied(item);
        }

        return false;
    }

    /// <summary>Puts a message that was read but cannot be handed over back to the front.</summary>
    private void GiveBackLocked(in Buffered item)
    {
        _buffer.NoteTaken();
        _redelivery.Return(item);
        if (!_leases.IsFull)
        {
            // Another consumer may be parked for it.
            PumpLocked();
        }
    }

    // Apart from the caller, whose every call would otherwise allocate what the lambda captures.
    private void GiveUpDied(Buffered item) =>
        Quietly(() => GiveUp(item, DeadLetterReason.RetriesExhausted, "The process ended while the message was being handled.", out _));

    /// <summary>Waits for the store where a delivery must not begin before it knows: of the ack on receipt, or of the beginning.</summary>
    /// <returns>Whether it may begin. Not acked because the lease is lost, it goes to somebody else and must not be handed over here too.</returns>
    public async ValueTask<bool> ConfirmAsync(LeasedMessage message, bool acksOnReceive)
    {
        if (acksOnReceive)
        {
            return await AckAsync(message.Token, CancellationToken.None).ConfigureAwait(false) == Settlement.Acked;
        }

        if (message.MustMark)
        {
            LogCursor cursor = message.Item.Cursor;
            await cursor.Log.Writer!.MarkDirty(cursor, Durability.Process, waits: true).ConfigureAwait(false);
        }

        return true;
    }

    private LeasedMessage GrantLocked(ConsumerPort port, in Buffered item, long processing, CancellationTokenSource? lost)
    {
        long now = _context.Clock.Now;
        _activity = now;
        port.LatestDeadline = now + port.Leases.Duration;
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
        long heldBack = 0;
        lock (_gate)
        {
            _parked += change;
            PumpLocked();
            if (_full && change > 0)
            {
                heldBack = ++_heldBack;
            }
        }

        if (long.IsPow2(heldBack))
        {
            // A consumer waits beside a backlog: somebody will wonder why. Often enough to be seen, and not a line for each.
            EngineLog.HeldBack(_context.Logger, Name, Options.MaxOutOfOrder, heldBack);
        }
    }

    /// <summary>Fills the buffer from what is returned, failed and new.</summary>
    /// <remarks>While consumers run they fill it themselves. Senders do it only when one is parked and finds nothing,
    /// so that sending and consuming do not fight for the lock.</remarks>
    private void PumpLocked()
    {
        if (_paused || _closed || _failure is not null)
        {
            Volatile.Write(ref _hungry, false);
            return;
        }

        _full = false;
        do
        {
            while (_buffer.HasRoom && TryTakeNextLocked(out Buffered item))
            {
                _buffer.Write(item);
                if (item.Sequence % 8 == 0 && SeededBugs.Is(SeededBug.DoubleDispatch))
                {
                    _buffer.Write(item);
                }
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
            if (!cursor.IsReading && MayTakeFreshLocked(cursor))
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

        _full = true;
        return false;
    }

    /// <summary>Fills the buffer if what was settled has made that possible.</summary>
    private void AfterSettleLocked(LogCursor cursor)
    {
        if (_redelivery.ReadyCount > 0 || (_full && cursor.State.Exceptions < Options.MaxOutOfOrder))
        {
            PumpLocked();
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
        if (cursor.Log.Writer is { } writer && !cursor.IsMarked(durability) && writer.Failure is null)
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
