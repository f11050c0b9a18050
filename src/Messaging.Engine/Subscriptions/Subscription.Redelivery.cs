using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Redelivery;
using Messaging.Writing;

namespace Messaging.Subscriptions;

/// <content>What follows from failures: alarms, waiting, and giving up.</content>
internal sealed partial class Subscription
{
    private const int MaxDescription = 4096;

    /// <summary>Above this number, waiting messages of a stored log are forgotten in memory and read again when they are due.</summary>
    private const int MaxWaitingInMemory = 4096;

    public void OnMoved(StoredReader reader, long sequence) => Depart((LogCursor)reader, sequence, isDropped: false);

    public void OnMovePublished() => Interlocked.Decrement(ref _departing);

    /// <summary>Settles a message that is moving: it goes to the dead letters, or is dropped.</summary>
    private void Depart(LogCursor cursor, long sequence, bool isDropped)
    {
        bool goesOn;
        lock (_gate)
        {
            _moving--;
            cursor.Share.Left--;
            cursor.State.Settle(sequence);
            cursor.ShowFloor();
            if (isDropped)
            {
                _dropped++;
            }
            else
            {
                Interlocked.Increment(ref _departing);
            }

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
        List<(Lease Lease, long At)>? expired = null;
        List<Buffered>? aged = null;
        long next;
        SettleAcks();
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            while (_leases.TryTakeExpired(now, out Lease lease))
            {
                (expired ??= []).Add((lease, BeginFailureLocked(lease)));
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

        foreach ((Lease lease, long at) in expired ?? [])
        {
            Expire(lease, at);
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

    private Task? AfterFailure(FailureOutcome outcome, string description, bool waits, out Settlement settlement)
    {
        settlement = Settlement.Nacked;
        LogCursor cursor = outcome.Item.Cursor;
        if (outcome.GivenUp)
        {
            return GiveUp(outcome.Item, DeadLetterReason.RetriesExhausted, description, waits, out settlement);
        }

        SetAlarm(outcome.Due);
        KeepWithinBacklog();
        return Store(cursor, waits);
    }

    /// <summary>Has a cursor's state stored.</summary>
    /// <param name="cursor">The cursor.</param>
    /// <param name="waits">Whether somebody waits for the commit.</param>
    /// <returns>The commit to wait for, if somebody does and the log is stored.</returns>
    private Task? Store(LogCursor cursor, bool waits)
    {
        if (waits && _context.WriterOf(cursor.Log) is { } writer)
        {
            return writer.MarkDirty(cursor, cursor.Log.Durability, waits: true);
        }

        MarkLazily(cursor, cursor.Log.Durability);
        return null;
    }

    /// <summary>Dead-letters a message that is in nobody's hands and counted as moving.</summary>
    /// <param name="item">The message.</param>
    /// <param name="reason">Why.</param>
    /// <param name="description">Why, in words.</param>
    /// <param name="waits">Whether somebody waits for the commit. A move to the dead letters has one in any case.</param>
    /// <param name="settlement">What became of the message.</param>
    /// <param name="hasLeft">Whether it has left the backlog already.</param>
    /// <returns>The commit to wait for, if there is one.</returns>
    private Task? GiveUp(
        in Buffered item, DeadLetterReason reason, string description, bool waits, out Settlement settlement, bool hasLeft = false)
    {
        settlement = Settlement.DeadLettered;
        LogCursor cursor = item.Cursor;
        if (!Options.DeadLetter)
        {
            _context.Observer?.OnDropped(Name, cursor.Log.Name, item.Sequence);
            BeginLeaving(item, hasLeft);
            Depart(cursor, item.Sequence, isDropped: true);
            return Store(cursor, waits);
        }

        if (!DeadLetters.TryReserve(Options.DeadLetterCapacity))
        {
            Hold(item, hasLeft, waits);
            NoteNoRoom(item);
            settlement = Settlement.Nacked;
            return Store(cursor, waits);
        }

        BeginLeaving(item, hasLeft);
        _context.Observer?.OnDeadLettered(Name, cursor.Log.Name, item.Sequence, reason, description);
        Record record = Annotate(item, reason, description);
        MessageLog log = DeadLetters.Log;
        if (_context.WriterOf(log) is not { } writer)
        {
            _context.Counts.Move(log, record, cursor, item.Sequence);
            DeadLetters.Release();
            EngineLog.DeadLettered(_context.Logger, Name, item.Sequence, cursor.Log.Name, reason, item.Failures);
            return null;
        }

        Task move = MoveAsync(writer, log, record, cursor, item.Sequence);
        EngineLog.DeadLettered(_context.Logger, Name, item.Sequence, cursor.Log.Name, reason, item.Failures);
        return move;
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
                OnMovePublished();
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

    /// <summary>Keeps a message that cannot be dead-lettered: it is tried again later. The caller has its state stored.</summary>
    /// <param name="item">The message.</param>
    /// <param name="hasLeft">Whether it has left the backlog already.</param>
    /// <param name="waits">Whether somebody waits, who may be held by the policy. Otherwise the caller may be the timer's or the writer's thread.</param>
    private void Hold(in Buffered item, bool hasLeft, bool waits)
    {
        RetryPolicy policy = Options.Retry;
        long at = _context.Clock.Now;
        if (waits || RetryDecision.IsOurs(policy))
        {
            Hold(item, at, hasLeft, policy);
        }
        else
        {
            HoldElsewhere(item, at, hasLeft, policy);
        }
    }

    private void HoldElsewhere(Buffered item, long at, bool hasLeft, RetryPolicy policy) => _context.Work.RunCounted(() =>
    {
        Hold(item, at, hasLeft, policy);
        MarkLazily(item.Cursor, item.Cursor.Log.Durability);
    });

    private void Hold(in Buffered item, long at, bool hasLeft, RetryPolicy policy)
    {
        RetryDecision decision = RetryDecision.Beyond(policy, item.Failures, item.Sequence);
        long due;
        lock (_gate)
        {
            _moving--;
            if (hasLeft)
            {
                ComeBackLocked(item);
            }

            TimeSpan wait = decision.Delay;
            due = WaitLocked(item, at, wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1));
        }

        NoteThrown(decision, policy, item);
        SetAlarm(due);
    }

    /// <summary>Logs that there was no room among the dead letters: often enough to be seen, and not a line for each.</summary>
    private void NoteNoRoom(in Buffered item)
    {
        long count = Interlocked.Increment(ref _heldForRoom);
        if (long.IsPow2(count))
        {
            EngineLog.DeadLettersFull(_context.Logger, Name, item.Sequence, item.Cursor.Log.Name, Options.DeadLetterCapacity, count);
        }
    }

    /// <summary>Gives a record its story, and its id for good, since it leaves its log.</summary>
    private Record Annotate(in Buffered item, DeadLetterReason reason, string description)
    {
        Record record = item.Record;
        MessageLog log = item.Cursor.Log;
        RecordHead head = record.IsEncoded
            ? RecordCodec.ReadHead(record.Payload)
            : new RecordHead(_context.Epoch, record.SentAt, record.Extras, default);
        string text = SafeText.Cut(description, MaxDescription);
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
}
