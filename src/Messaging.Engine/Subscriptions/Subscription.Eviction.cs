using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.State;

namespace Messaging.Subscriptions;

/// <content>Eviction: the oldest message that nobody holds makes room, dropped or as a dead letter.</content>
internal sealed partial class Subscription
{
    /// <summary>So many messages may be on their way to the dead letters before the next oldest one has to wait.</summary>
    private const long MaxMoving = 4096;

    /// <summary>Drops the oldest message that nobody holds.</summary>
    public bool TryDropOldest()
    {
        Move move;
        lock (_gate)
        {
            if (!TryEvictOldestLocked(whole: false, long.MaxValue, out move))
            {
                return false;
            }
        }

        Drop(move.Item);
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

            if (!TryEvictOldest(backlog, out Move move))
            {
                // Held by consumers, on its way already, or being read: whoever ends that looks again.
                return due;
            }

            Remove(move);
        }

        backlog.IsStuck = false;
        return _keeper.AgeDue;
    }

    private bool MustMakeRoom(Backlog backlog, out long due)
    {
        long now = _context.Clock.Now;
        lock (_gate)
        {
            return _keeper.MustMakeRoom(backlog, _intake, now, out due) && !_closed && _failure is null;
        }
    }

    private bool TryEvictOldest(Backlog backlog, out Move move)
    {
        long now = _context.Clock.Now;
        BacklogLimit limit = backlog.Limit;
        bool dead = limit.Action == BacklogAction.DeadLetterOldest;
        lock (_gate)
        {
            long agedBy = backlog.IsOver ? long.MaxValue : now - (limit.MaxAge?.Ticks ?? now);
            bool whole = dead || limit.MaxBytes is not null || limit.MaxAge is not null;
            if (_closed || (dead && _inHand.Moving >= MaxMoving))
            {
                move = default;
                return false;
            }

            return TryEvictOldestLocked(whole, agedBy, out move);
        }
    }

    private bool TryEvictOldestLocked(bool whole, long agedBy, out Move move)
    {
        bool taken = _intake.TryTakeOldest(whole, agedBy, out Buffered item, out bool hasReturned);
        move = taken ? _inHand.BeginEviction(item) : default;
        if (hasReturned)
        {
            PumpLocked();
        }

        return taken;
    }

    /// <summary>Removes an evicted message as the limit says.</summary>
    private void Remove(Move move)
    {
        Buffered item = move.Item;
        BacklogLimit limit = _keeper.Limit!.Limit;
        bool dead = limit.Action == BacklogAction.DeadLetterOldest;
        if (item.Record.IsMissing && (dead || limit.MaxBytes is not null))
        {
            _context.Work.Enter();
            _context.Work.Run(() => _ = ReadAndRemoveAsync(move));
        }
        else if (dead)
        {
            Quietly(() => GiveUp(move, DeadLetterReason.BacklogLimit, $"The backlog reached its limit, {LimitsOf(limit)}, and this was the oldest message.", waits: false, out _));
        }
        else
        {
            Drop(item);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a store throws is logged, and the message stays.")]
    private async Task ReadAndRemoveAsync(Move move)
    {
        Buffered item = move.Item;
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
            Remove(move with { Item = whole });
        }
        catch (Exception exception)
        {
            ReadFailed(item.Cursor, exception);
            Hold(move, waits: false);
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
            _inHand.EndMove(cursor, item.Sequence, departs: false);
            dropped = ++_counters.Dropped;
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
