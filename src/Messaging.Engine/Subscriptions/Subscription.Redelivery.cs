using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Storage;

namespace Messaging.Subscriptions;

/// <content>Failures: retry after a delay, or give up.</content>
internal sealed partial class Subscription
{
    private const int MaxDescription = 4096;

    /// <summary>Above this number, waiting messages of a stored log are forgotten in memory and read again when they are due.</summary>
    private const int MaxWaitingInMemory = 4096;

    public void OnMoved(LogCursor cursor, long sequence)
    {
        bool goesOn;
        lock (_gate)
        {
            _moving--;
            cursor.Leaving--;
            cursor.State.Settle(sequence);
            cursor.ShowFloor();
            goesOn = _moving == MaxMoving / 2;
            AfterSettleLocked();
        }

        AfterSettle(cursor, default);
        if (goesOn)
        {
            KeepWithinBacklog();
        }
    }

    private void OnAlarm(long now)
    {
        List<(Lease Lease, FailureOutcome Outcome)>? expired = null;
        List<Buffered>? aged = null;
        long next;
        Look();
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            while (_leases.TryTakeExpired(now, out Lease lease))
            {
                (expired ??= []).Add((lease, FailLocked(lease, delay: null)));
            }

            // After a failure of the store nothing is read or handed over any more.
            while (_failure is null && _redelivery.TryTakeDue(now, out Buffered item))
            {
                if (IsTooOldLocked(item, now))
                {
                    EvictLocked(item);
                    (aged ??= []).Add(item);
                }
                else if (item.Record.IsMissing)
                {
                    FetchLocked(item);
                }
                else
                {
                    _redelivery.AddFailed(item);
                }
            }

            PumpLocked();
            next = Math.Min(_leases.NextDeadline(), _failure is null ? _redelivery.NextDue : long.MaxValue);
        }

        foreach (Buffered item in aged ?? [])
        {
            Remove(item);
        }

        foreach ((Lease lease, FailureOutcome outcome) in expired ?? [])
        {
            AfterExpiry(lease, outcome);
        }

        if (next == long.MaxValue && SeededBugs.Is(SeededBug.LeakTimer))
        {
            next = now + TimeSpan.TicksPerSecond;
        }

        if (next != long.MaxValue && !SeededBugs.Is(SeededBug.NoWakeAfterExpiry))
        {
            _alarm.SetNoLaterThan(next);
        }

        KeepWithinBacklog();
    }

    /// <summary>Ends a lease before its time, for a test.</summary>
    /// <returns>Whether it was held.</returns>
    public bool EndLease(DeliveryToken token)
    {
        Lease lease;
        FailureOutcome outcome;
        lock (_gate)
        {
            if (!TryReleaseLocked(token, out lease))
            {
                return false;
            }

            outcome = FailLocked(lease, delay: null);
        }

        AfterExpiry(lease, outcome);
        return true;
    }

    /// <summary>Takes back a delivery that could not begin, which is no failure of the message. It comes again after a while: at once, a store that
    /// refuses would be asked without pause.</summary>
    private void PutOff(DeliveryToken token)
    {
        long due;
        lock (_gate)
        {
            if (!TryReleaseLocked(token, out Lease lease))
            {
                return;
            }

            due = WaitLocked(lease.Item, TimeSpan.FromSeconds(1));
        }

        _context.Observer?.OnEnded(Name, token, DeliveryEnd.Returned, due, "The store refused to note that its handling begins.");
        if (due != 0)
        {
            _alarm.SetNoLaterThan(due);
        }
    }

    private void AfterExpiry(Lease lease, FailureOutcome outcome)
    {
        const string Reason = "The lease ended before the message was settled.";
        _context.Observer?.OnEnded(Name, new DeliveryToken(_context.Epoch, lease.Number), DeliveryEnd.Expired, outcome.Due, Reason);
        if (lease.Lost is { } lost)
        {
            CancelAll([lost]);
        }

        Quietly(() => AfterFailure(outcome, Reason, waits: false, out _));
    }

    private FailureOutcome FailLocked(in Lease lease, TimeSpan? delay)
    {
        _activity = _context.Clock.Now;
        Buffered held = lease.Item;
        int failures = held.Failures + 1;
        var item = new Buffered(held.Cursor, held.Sequence, held.Record, held.Attempts, failures);
        RetryPolicy policy = PolicyOf(lease.List);
        if (failures >= policy.MaxFailures)
        {
            _moving++;
            return new FailureOutcome(item, 0, GivenUp: true);
        }

        TimeSpan wait = delay ?? policy.DelayAfter(failures, (ulong)held.Sequence);
        return new FailureOutcome(item, WaitLocked(item, wait), GivenUp: false);
    }

    /// <summary>Puts a failed message where it is handed over after a time.</summary>
    /// <returns>The time; 0 for at once.</returns>
    private long WaitLocked(Buffered item, TimeSpan wait)
    {
        if (SeededBugs.Is(SeededBug.EarlyTimer))
        {
            wait /= 2;
        }

        long due = wait > TimeSpan.Zero ? CapByAgeLocked(item, _context.Clock.Now + wait.Ticks) : 0;
        item.Cursor.State.SetCounts(item.Sequence, new RetryCounts(item.Attempts, item.Failures, due));
        if (due == 0)
        {
            _redelivery.AddFailed(item);
            PumpLocked();
        }
        else
        {
            bool forget = item.Cursor.IsStored && _redelivery.WaitingCount >= MaxWaitingInMemory;
            _redelivery.AddWaiting(item.With(forget ? default : item.Record.Detach()), due);
        }

        return due;
    }

    private Task? AfterFailure(FailureOutcome outcome, string description, bool waits, out Settlement settlement)
    {
        settlement = Settlement.Nacked;
        LogCursor cursor = outcome.Item.Cursor;
        if (outcome.GivenUp)
        {
            return GiveUp(outcome.Item, DeadLetterReason.RetriesExhausted, description, out settlement);
        }

        if (outcome.Due != 0)
        {
            _alarm.SetNoLaterThan(outcome.Due);
        }

        KeepWithinBacklog();
        if (cursor.Log.Writer is { } writer && waits)
        {
            return writer.MarkDirty(cursor, cursor.Log.Durability, waits: true);
        }

        MarkLazily(cursor, cursor.Log.Durability);
        return null;
    }

    /// <summary>Dead-letters a message that is in nobody's hands and counted as moving.</summary>
    /// <returns>The commit to wait for, if there is one.</returns>
    private Task? GiveUp(
        in Buffered item, DeadLetterReason reason, string description, out Settlement settlement, bool hasLeft = false)
    {
        settlement = Settlement.DeadLettered;
        LogCursor cursor = item.Cursor;
        if (!Options.DeadLetter)
        {
            lock (_gate)
            {
                _dropped++;
            }

            _context.Observer?.OnDropped(Name, cursor.Log.Name, item.Sequence);
            BeginLeaving(item, hasLeft);
            OnMoved(cursor, item.Sequence);
            MarkLazily(cursor, cursor.Log.Durability);
            return null;
        }

        if (!DeadLetters.TryReserve(Options.DeadLetterCapacity))
        {
            Hold(item, hasLeft);
            settlement = Settlement.Nacked;
            return null;
        }

        BeginLeaving(item, hasLeft);
        _context.Observer?.OnDeadLettered(Name, cursor.Log.Name, item.Sequence, reason, description);
        EngineLog.DeadLettered(_context.Logger, Name, item.Sequence, cursor.Log.Name, reason, item.Failures);
        Record record = Annotate(item, reason, description);
        MessageLog log = DeadLetters.Log;
        if (log.Writer is not { } writer)
        {
            log.Append(record);
            DeadLetters.Release();
            OnMoved(cursor, item.Sequence);
            return null;
        }

        return MoveAsync(writer, log, record, cursor, item.Sequence);
    }

    private async Task MoveAsync(StoreWriter writer, MessageLog log, Record record, LogCursor cursor, long sequence)
    {
        try
        {
            if (SeededBugs.Is(SeededBug.DeadLetterInTwo))
            {
                await writer.Append(log, record).ConfigureAwait(WorkContext.IsCurrent);
                CrashPoint.Reached(CrashPoint.DeadLetterMoves);
                OnMoved(cursor, sequence);
                await writer.MarkDirty(cursor, cursor.Log.Durability, waits: true).ConfigureAwait(WorkContext.IsCurrent);
                return;
            }

            await writer.Move(log, record, cursor, sequence).ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            DeadLetters.Release();
        }
    }

    /// <summary>Keeps a message that cannot be dead-lettered because the dead-letter queue is full: it is tried again later.</summary>
    private void Hold(in Buffered item, bool hasLeft)
    {
        long due;
        lock (_gate)
        {
            _moving--;
            if (hasLeft)
            {
                ComeBackLocked(item);
            }

            TimeSpan wait = Options.Retry.DelayAfter(Math.Max(1, item.Failures), (ulong)item.Sequence);
            due = WaitLocked(item, wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1));
        }

        _alarm.SetNoLaterThan(due);
        MarkLazily(item.Cursor, item.Cursor.Log.Durability);
    }

    /// <summary>Gives a record its story, and its id for good, since it leaves its log.</summary>
    private Record Annotate(in Buffered item, DeadLetterReason reason, string description)
    {
        Record record = item.Record;
        MessageLog log = item.Cursor.Log;
        RecordHead head = record.IsEncoded
            ? RecordCodec.ReadHead(record.Payload)
            : new RecordHead(_context.Epoch, record.SentAt, record.Extras, default);
        string text = description.Length <= MaxDescription ? description : description[..MaxDescription];
        var extras = new MessageExtras
        {
            Id = head.Extras?.Id ?? _context.IdOf(head.Epoch, log.Id, item.Sequence),
            Headers = head.Extras?.Headers,
            Dead = new DeadLetterNote(
                reason, text, head.Extras?.Destination ?? log.Name, item.Sequence, item.Attempts, item.Failures,
                _context.Clock.ToWall(_context.Clock.Now)),
        };
        return record.IsEncoded ? new Record(RecordCodec.Rewrite(head, extras)) : new Record(record.Body, record.SentAt, extras);
    }

    private RetryPolicy PolicyOf(LeaseList list) => list.Retry ?? Options.Retry;
}
