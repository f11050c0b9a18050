using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Records;
using Messaging.Scheduling;

namespace Messaging.Subscriptions;

/// <content>Eviction: the oldest message that nobody holds makes room, dropped or as a dead letter.</content>
internal sealed partial class Subscription
{
    /// <summary>So many messages may be on their way to the dead letters before the next oldest one has to wait.</summary>
    private const long MaxMoving = 4096;

    /// <summary>Drops the oldest message that nobody holds.</summary>
    public bool TryDropOldest()
    {
        Buffered item;
        lock (_gate)
        {
            if (!TryTakeOldestLocked(whole: false, long.MaxValue, out item))
            {
                return false;
            }

            EvictLocked(item);
        }

        Drop(item);
        return true;
    }

    /// <summary>Removes the oldest messages for as long as there is too much, or the oldest is too old.</summary>
    /// <returns>When to look again.</returns>
    private long Evict(Backlog backlog)
    {
        while (MustMakeRoom(backlog, out long due))
        {
            if (backlog.Limit.Action == BacklogAction.DeadLetterOldest && !DeadLetters.HasRoom(Options.DeadLetterCapacity))
            {
                if (!backlog.IsStuck)
                {
                    backlog.IsStuck = true;
                    EngineLog.BacklogStuck(_context.Logger, Name, Options.DeadLetterCapacity);
                }

                return backlog.Limit.MaxAge is null ? long.MaxValue : DueTime.After(_context.Clock.Now, TimeSpan.TicksPerSecond);
            }

            if (!TryEvictOldest(backlog, out Buffered item))
            {
                // Held by consumers, on its way already, or being read: whoever ends that looks again.
                return due;
            }

            Remove(item);
        }

        backlog.IsStuck = false;
        return Volatile.Read(ref _ageDue);
    }

    private bool MustMakeRoom(Backlog backlog, out long due)
    {
        long now = _context.Clock.Now;
        lock (_gate)
        {
            long aged = DueByAgeLocked(backlog);
            _ageDue = due = aged > now ? aged : long.MaxValue;
            return !_closed && _failure is null && (backlog.IsOver || aged <= now);
        }
    }

    private bool TryEvictOldest(Backlog backlog, out Buffered item)
    {
        long now = _context.Clock.Now;
        BacklogLimit limit = backlog.Limit;
        bool dead = limit.Action == BacklogAction.DeadLetterOldest;
        lock (_gate)
        {
            long agedBy = backlog.IsOver ? long.MaxValue : now - (limit.MaxAge?.Ticks ?? now);
            bool whole = dead || limit.MaxBytes is not null || limit.MaxAge is not null;
            if (_closed || (dead && _moving >= MaxMoving) || !TryTakeOldestLocked(whole, agedBy, out item))
            {
                item = default;
                return false;
            }

            EvictLocked(item);
            return true;
        }
    }

    /// <summary>Takes the oldest message that nobody holds.</summary>
    /// <param name="whole">Whether its record is needed; one that is in the store only is then read first, and nothing taken.</param>
    /// <param name="agedBy">The latest time from which its age may count; <see cref="long.MaxValue"/> for any.</param>
    /// <param name="item">The message.</param>
    private bool TryTakeOldestLocked(bool whole, long agedBy, out Buffered item)
    {
        bool any = agedBy == long.MaxValue;
        long returned = _redelivery.TryPeekReturned(out Buffered front) ? AgesFrom(front.Record, any) : long.MaxValue;
        long buffered = TryPeekOfferedLocked(out front) ? AgesFrom(front.Record, any) : long.MaxValue;
        long failed = _redelivery.TryPeekFailed(out front) ? AgesFrom(front.Record, any) : long.MaxValue;
        long oldest = Math.Min(returned, Math.Min(buffered, failed));
        bool isFresh = TryFindFreshLocked(whole, out LogCursor? cursor, out Record record) && AgesFrom(record, any) < oldest;
        oldest = isFresh ? AgesFrom(record, any) : oldest;
        if (oldest == long.MaxValue || oldest > agedBy)
        {
            item = default;
            return any && _redelivery.TryTakeDue(long.MaxValue - 1, out item);
        }

        if (isFresh)
        {
            // What was read ahead for it is not needed any more.
            TryGetLocked(cursor!, cursor!.State.Next, out _);
            item = new Buffered(cursor, cursor.State.Take(), record, 0, 0);
            return true;
        }

        if (oldest == returned)
        {
            return _redelivery.TryTakeReturned(out item);
        }

        if (oldest == failed)
        {
            return _redelivery.TryTakeFailed(out item);
        }

        if (!_buffer.TryRead(out long number))
        {
            // A consumer was quicker.
            return TryTakeOldestLocked(whole, agedBy, out item);
        }

        item = _leases.TakeBack(number);
        if (AgesFrom(item.Record, any) <= agedBy)
        {
            return true;
        }

        _redelivery.Return(item);
        PumpLocked();
        return false;
    }

    /// <summary>Finds the oldest message that was never taken.</summary>
    private bool TryFindFreshLocked(bool whole, out LogCursor? oldest, out Record record)
    {
        oldest = null;
        record = default;
        long first = long.MaxValue;
        foreach (LogCursor cursor in _cursors)
        {
            if (cursor.State.SeekNext(cursor.End))
            {
                bool found = whole
                    ? TryLookLocked(cursor, cursor.State.Next, out Record next)
                    : cursor.Log.TryGet(cursor.State.Next, out next);
                // What is in the store only is older than what is in memory.
                long agesFrom = found ? next.AgesFrom : long.MinValue;
                if (oldest is null || agesFrom < first)
                {
                    (oldest, record, first) = (cursor, found ? next : default, agesFrom);
                }
            }
        }

        return oldest is not null && !(whole && record.IsMissing);
    }

    private bool TryPeekOfferedLocked(out Buffered item)
    {
        item = default;
        return _buffer.TryPeek(out long number) && _leases.TryPeek(number, out item);
    }

    private static long AgesFrom(in Record record, bool any) => record.IsMissing && any ? long.MinValue : record.AgesFrom;

    private void EvictLocked(in Buffered item)
    {
        _moving++;
        item.Cursor.Share.Left++;
        // No sender waits where the oldest goes, so nobody has to be let in.
        item.Cursor.Share.Limit?.Subtract(1, item.Cursor.Share.SizeOf(item.Sequence, item.Record.Size));
    }

    private static void ComeBackLocked(in Buffered item)
    {
        item.Cursor.Share.Left--;
        item.Cursor.Share.Limit?.Add(1, item.Cursor.Share.SizeOf(item.Sequence, item.Record.Size));
    }

    /// <summary>Removes an evicted message as the limit says.</summary>
    private void Remove(Buffered item)
    {
        BacklogLimit limit = _backlog!.Limit;
        bool dead = limit.Action == BacklogAction.DeadLetterOldest;
        if (item.Record.IsMissing && (dead || limit.MaxBytes is not null))
        {
            _context.Work.Enter();
            _context.Work.Run(() => _ = ReadAndRemoveAsync(item));
        }
        else if (dead)
        {
            Quietly(() => GiveUp(item, DeadLetterReason.BacklogLimit, $"The backlog reached its limit, {LimitsOf(limit)}, and this was the oldest message.", waits: false, out _, hasLeft: true));
        }
        else
        {
            Drop(item);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a store throws is logged, and the message stays.")]
    private async Task ReadAndRemoveAsync(Buffered item)
    {
        try
        {
            LogCursor cursor = item.Cursor;
            Record record = await ReadOneAsync(item).ConfigureAwait(WorkContext.IsCurrent);
            if (record.IsMissing)
            {
                throw new StoreException($"The store has no record {item.Sequence} of log {cursor.Log.Id}.");
            }

            Buffered whole = item.With(record);
            cursor.Share.Limit?.Subtract(0, cursor.Share.SizeOf(item.Sequence, whole.Record.Size) - cursor.Share.SizeOf(item.Sequence, 0));
            Remove(whole);
        }
        catch (Exception exception)
        {
            ReadFailed(item.Cursor, exception);
            Hold(item, hasLeft: true, waits: false);
            MarkLazily(item.Cursor, item.Cursor.Log.Durability);
        }
        finally
        {
            _context.Work.Exit();
        }
    }

    private void Drop(in Buffered item)
    {
        LogCursor cursor = item.Cursor;
        long dropped;
        lock (_gate)
        {
            _moving--;
            cursor.Share.Left--;
            cursor.State.Settle(item.Sequence);
            cursor.ShowFloor();
            dropped = ++_dropped;
            AfterSettleLocked();
        }

        _context.Observer?.OnDropped(Name, cursor.Log.Name, item.Sequence);
        AfterSettle(cursor, default);
        MarkLazily(cursor, cursor.Log.Durability);
        if (long.IsPow2(dropped))
        {
            // Often enough to be seen, and not a line for each.
            EngineLog.BacklogDropped(_context.Logger, Name, dropped, cursor.Log.Name, item.Sequence);
        }
    }

    /// <summary>Names the options of a backlog's limit with their values.</summary>
    private static string LimitsOf(BacklogLimit limit)
    {
        string?[] limits =
        [
            limit.MaxMessages is { } most ? string.Create(CultureInfo.InvariantCulture, $"MaxMessages = {most:N0}") : null,
            limit.MaxBytes is { } size ? string.Create(CultureInfo.InvariantCulture, $"MaxBytes = {size:N0}") : null,
            limit.MaxAge is { } time ? string.Create(CultureInfo.InvariantCulture, $"MaxAge = {time}") : null,
        ];
        return string.Join(", ", limits.Where(static limit => limit is not null));
    }
}
