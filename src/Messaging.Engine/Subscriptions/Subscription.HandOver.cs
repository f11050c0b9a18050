using System.Diagnostics.CodeAnalysis;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Redelivery;
using Messaging.Scheduling;

namespace Messaging.Subscriptions;

/// <content>The hot path: taking and acknowledging without the lock, and the look under it that makes up for that.</content>
internal sealed partial class Subscription
{
    /// <summary>Takes a message out of the buffer for a consumer, which looks at it and then has it granted.</summary>
    /// <param name="port">The consumer.</param>
    /// <param name="number">The delivery number.</param>
    public bool TryReserve(ConsumerPort port, out long number)
    {
        while (_buffer.TryRead(out number) || TryRefill(out number))
        {
            // Of a message that has never failed, no policy is asked.
            bool exhausted = _leases.Show(number).Item.Failures > 0 && MayGrant(port) && IsExhausted(port, number);
            if (!exhausted && MayGrant(port))
            {
                return true;
            }

            if (!TakeBack(port, number, exhausted))
            {
                break;
            }
        }

        return false;
    }

    /// <summary>Shows a message that is reserved. Granted, its slot is somebody else's as soon as the lease ends.</summary>
    public ref readonly Lease Show(long number) => ref _leases.Show(number);

    /// <summary>Hands a reserved message over.</summary>
    /// <param name="port">The consumer.</param>
    /// <param name="number">The delivery number.</param>
    /// <param name="now">The time from which the lease lasts; see <see cref="Scheduling.BrokerClock.NowFor"/>.</param>
    /// <param name="processing">How long the lease renews itself, in ticks; 0 for not at all.</param>
    /// <param name="lost">What to cancel when the lease is lost.</param>
    /// <returns>Whether the consumer has the message. Otherwise it has gone.</returns>
    /// <remarks>It is a full fence between what the caller wrote before and what it reads after.</remarks>
    public bool TryGrant(ConsumerPort port, long number, long now, long processing, CancellationTokenSource? lost)
    {
        LogCursor cursor = _leases.Show(number).Item.Cursor;
        // A lease and a call last for days at the most, so no sum comes near the last time there is.
        long deadline = now + port.Leases.Duration;
        _leases.Grant(number, port.Leases, deadline, processing == 0 ? 0 : now + processing, lost);
        _alarm.SetNoLaterThan(deadline);
        MarkLazily(cursor, Durability.Process);
        if (Volatile.Read(ref _hungry))
        {
            // Another consumer is parked, and saw this message as one that it may still get.
            Look(pumps: true);
        }

        if (port.IsClosed && TryReturn(number))
        {
            return false;
        }

        if (Volatile.Read(ref _backlog) is { IsOverAge: true })
        {
            // The oldest that nobody holds is another one now.
            KeepWithinBacklog();
        }

        return true;
    }

    /// <summary>Begins to wait until there may be a message: false when there will be none any more.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        SettledRun run;
        long heldBack = 0;
        do
        {
            lock (_gate)
            {
                run = LookLocked(whole: true);
                _buffer.ForgetWake();
                _parked = true;
                PumpLocked();
                heldBack = _full ? ++_heldBack : 0;
            }

            AfterSettle(run);
        }
        while (run.More);

        if (long.IsPow2(heldBack))
        {
            // A consumer waits beside a backlog: somebody will wonder why. Often enough to be seen, and not a line for each.
            EngineLog.HeldBack(_context.Logger, Name, Options.MaxOutOfOrder, heldBack);
        }

        return _context.Work.Wake(_buffer.WaitAsync(cancellationToken));
    }

    /// <summary>Settles what was acknowledged so far.</summary>
    public void SettleAcks() => Look(pumps: false);

    /// <summary>Settles what was acknowledged so far.</summary>
    /// <param name="pumps">Whether to fill the buffer too.</param>
    private void Look(bool pumps)
    {
        SettledRun run;
        do
        {
            lock (_gate)
            {
                run = LookLocked(whole: true);
                if (pumps)
                {
                    PumpLocked();
                }
            }

            AfterSettle(run);
        }
        while (run.More);
    }

    /// <summary>Acknowledges without the lock, if the lease was granted since the last look.</summary>
    /// <param name="token">The delivery.</param>
    /// <param name="takesNext">Whether the caller takes the next message at once, and looks when there is none.</param>
    /// <param name="cursor">The cursor.</param>
    private bool TryAckAlone(DeliveryToken token, bool takesNext, out LogCursor cursor)
    {
        if (token.Epoch != _context.Epoch)
        {
            cursor = null!;
            return false;
        }

        bool acked = _leases.TryAck(token.Number, out cursor);
        if (acked && MustLook(token, takesNext, cursor))
        {
            SettleAcks();
        }

        return acked;
    }

    /// <summary>Tells whether an ack is to be settled at once: somebody waits for what it makes room for, or nobody else will look. Whoever takes what
    /// is new looks.</summary>
    private bool MustLook(DeliveryToken token, bool takesNext, LogCursor cursor) =>
        (!takesNext && _leases.IsLatest(token.Number) && cursor.Fresh == 0)
        || cursor.Log.WantsLook
        || Volatile.Read(ref _full)
        || Volatile.Read(ref _backlog) is not null;

    private SettledRun LookLocked(bool whole)
    {
        AssertInvariants();
        SettledRun run = _leases.Look(whole);
        if (_leases.LatestGrant > _activity)
        {
            // A long lease counts from a time that may be a little ahead.
            _activity = Math.Max(_activity, Math.Min(_leases.LatestGrant, _context.Clock.Coarse));
        }

        if (run.Count > 0)
        {
            _acked += run.Count;
            AfterSettleLocked();
        }

        return run;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever is thrown is logged, and it is done again.")]
    private void LookLater()
    {
        try
        {
            Look(pumps: true);
        }
        catch (Exception exception)
        {
            EngineLog.SettleFailed(_context.Logger, exception, Name);
            _alarm.SetNoLaterThan(DueTime.After(_context.Clock.Now, TimeSpan.TicksPerSecond));
        }
        finally
        {
            _context.Work.Exit();
        }
    }

    /// <summary>Tells the log and the queue what was settled for good. Called without the lock.</summary>
    private void AfterSettle(in SettledRun run)
    {
        if (run.Cursor is { } cursor)
        {
            cursor.Log.OnSettled(cursor, run.Count, exact: false);
            run.Backlog?.Leave(run.Count, run.Bytes);
        }
    }

    /// <summary>Fills the empty buffer, and reads from it.</summary>
    private bool TryRefill(out long number)
    {
        // A short scan stops at the first untaken slot and may miss acks behind it; scan all if that leaves no room.
        return TryRefill(whole: false, out number, out bool isHidden) || (isHidden && TryRefill(whole: true, out number, out _));
    }

    private bool TryRefill(bool whole, out long number, out bool isHidden)
    {
        _pace.LetSendersGetAhead();
        SettledRun run;
        do
        {
            lock (_gate)
            {
                run = LookLocked(whole);
                PumpLocked();
                _pace.Note(_leases.Offered, _cursors.Count == 1 ? _cursors[0] : null);
                isHidden = !HasRoomLocked();
            }

            AfterSettle(run);
        }
        while (run.More);
        return _buffer.TryRead(out number);
    }

    private bool MayGrant(ConsumerPort port) => !Volatile.Read(ref _stopped) && !port.IsClosed;

    /// <summary>Asks the consumer's retry policy about a message that it is about to get. Called without the lock: the policy holds nobody but its consumer.</summary>
    /// <returns>Whether the message is given up. While the dead-letter queue is full, it is handed out again.</returns>
    private bool IsExhausted(ConsumerPort port, long number)
    {
        Buffered item = _leases.Show(number).Item;
        RetryPolicy policy = PolicyOf(port.Leases);
        RetryDecision decision = RetryDecision.BeforeHandOver(policy, item.Failures);
        NoteThrown(decision, policy, item);
        return decision.GivesUp && (!Options.DeadLetter || DeadLetters.HasRoom(Options.DeadLetterCapacity));
    }

    /// <summary>Takes back what was handed to a consumer that has gone meanwhile, if nobody else has done so.</summary>
    private bool TryReturn(long number)
    {
        lock (_gate)
        {
            if (!_leases.TryRelease(number, out Lease lease))
            {
                return false;
            }

            ReturnLocked(lease);
            PumpLocked();
        }

        return true;
    }

    /// <summary>Takes a message back whose number was read, and that cannot be handed over.</summary>
    /// <param name="port">The consumer.</param>
    /// <param name="number">The delivery number.</param>
    /// <param name="exhausted">Whether it is given up.</param>
    /// <returns>Whether the consumer may take another one.</returns>
    private bool TakeBack(ConsumerPort port, long number, bool exhausted)
    {
        Buffered item;
        bool goesOn;
        lock (_gate)
        {
            item = _leases.TakeBack(number);
            goesOn = !_stopped && !port.IsClosed;
            exhausted &= goesOn;
            if (exhausted)
            {
                _moving++;
            }
            else
            {
                // Another consumer may be parked for it.
                _redelivery.Return(item);
                PumpLocked();
            }
        }

        if (exhausted)
        {
            // Its process died as often as it may fail, or it failed so often while there was no room for it: it is not handed over again.
            GiveUpExhausted(item);
        }

        return goesOn;
    }

    // Apart from the caller, whose every call would otherwise allocate what the lambda captures.
    private void GiveUpExhausted(Buffered item)
    {
        string description = $"It has failed {item.Failures:N0} {(item.Failures == 1 ? "time" : "times")}, which is the limit. The last time, the process ended "
            + "while the message was being handled, or the dead-letter queue was full.";
        Quietly(() => GiveUp(item, DeadLetterReason.RetriesExhausted, description, waits: false, out _));
    }

    /// <summary>Waits for the store where a delivery must not begin before it knows: of the ack on receipt, or of the beginning.</summary>
    /// <returns>Whether it may begin. False if the lease was lost: another consumer gets the message.</returns>
    public async ValueTask<bool> ConfirmAsync(DeliveryToken token, LogCursor? toMark, bool acksOnReceive)
    {
        if (acksOnReceive)
        {
            return await AckAsync(token, CancellationToken.None).ConfigureAwait(WorkContext.IsCurrent) == Settlement.Acked;
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
}
