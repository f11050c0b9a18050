using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Messaging.Bounds;
using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Logging;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.State;

namespace Messaging.Subscriptions;

/// <summary>Keeps a subscription's backlog within its limit: evicts the oldest messages, shuts senders out, or suspends.</summary>
internal sealed class BacklogLimiter(Subscription subscription)
{
    private readonly BrokerContext _context = subscription.Context;
    private readonly SubscriptionState _state = subscription.State;

    /// <summary>Creates the bound that options ask for; <see langword="null"/> for none.</summary>
    public Backlog? LimitOf(SubscriptionOptions options) =>
        options.Backlog is { } limit ? new Backlog(subscription.Name, limit, () => subscription.DeadLetters.HasRoom(options.DeadLetterCapacity)) : null;

    /// <summary>Puts a limit in force. What is there counts with an estimated size.</summary>
    public void Apply(SubscriptionOptions options)
    {
        Backlog? backlog = LimitOf(options);
        _state.Keeper.Set(backlog);
        foreach (LogCursor cursor in subscription.Parts.Logs.Cursors)
        {
            Measure(cursor, backlog);
        }
    }

    /// <summary>Does what the limit's action says, if a limit is reached.</summary>
    public void Check()
    {
        if (_state.Keeper.Limit is not { } backlog)
        {
            return;
        }

        long due = backlog.Evicts ? Evict(backlog) : CheckAge(backlog);
        if (due != long.MaxValue)
        {
            subscription.Alarm.SetNoLaterThan(due);
        }
    }

    /// <summary>Lets nobody wait for room any more, as the broker closes.</summary>
    public void Close(Exception cause) => _state.Keeper.Limit?.Close(cause);

    /// <summary>Drops the oldest message that nobody holds.</summary>
    public bool TryDropOldest()
    {
        Move move;
        using (Guard guard = subscription.Hold())
        {
            if (!_state.TryEvictOldest(whole: false, long.MaxValue, out move))
            {
                return false;
            }
        }

        Drop(move);
        return true;
    }

    /// <summary>Removes an evicted message as the limit says.</summary>
    public void Remove(Move move)
    {
        BacklogLimit limit = _state.Keeper.Limit!.Limit;
        bool dead = limit.Action == BacklogAction.DeadLetterOldest;
        if (move.Item.Record.IsMissing && (dead || limit.MaxBytes is not null))
        {
            _context.Work.Enter();
            _context.Work.Run(() => _ = ReadAndRemoveAsync(move));
        }
        else if (dead)
        {
            string description = $"The backlog reached its limit, {Describe(limit)}, and this was the oldest message.";
            DeadLettering.Quietly(() => subscription.Parts.DeadLettering.GiveUp(move, DeadLetterReason.BacklogLimit, description, waits: false, out _));
        }
        else
        {
            Drop(move);
        }
    }

    /// <summary>Names the options of a backlog's limit with their values.</summary>
    public static string Describe(BacklogLimit limit)
    {
        string?[] limits =
        [
            limit.MaxMessages is { } most ? string.Create(CultureInfo.InvariantCulture, $"MaxMessages = {most:N0}") : null,
            limit.MaxBytes is { } size ? string.Create(CultureInfo.InvariantCulture, $"MaxBytes = {size:N0}") : null,
            limit.MaxAge is { } time ? string.Create(CultureInfo.InvariantCulture, $"MaxAge = {time}") : null,
        ];
        return string.Join(", ", limits.Where(static limit => limit is not null));
    }

    /// <summary>Begins to count the messages of a cursor that knows its position already: those that are there with an estimated size.</summary>
    private void Measure(LogCursor cursor, Backlog? backlog)
    {
        cursor.ShowLimit(backlog);
        long from = cursor.Log.LookAtReaders();
        using Guard guard = subscription.Hold();
        cursor.Share.Limit = backlog;
        cursor.Share.MeasuredFrom = from;
        cursor.Share.EstimatedSize = cursor.Log.MeanRecordBytes;
        (long below, long settled) = cursor.State.CountAround(Math.Min(from, cursor.End));
        below -= cursor.Share.Left;
        backlog?.Add(below, below * cursor.Share.EstimatedSize);
        // What was settled since the log has counted it.
        backlog?.Subtract(settled, settled * cursor.Share.EstimatedSize);
    }

    /// <summary>Removes the oldest messages for as long as there is too much, or the oldest is too old.</summary>
    /// <returns>When to check again.</returns>
    private long Evict(Backlog backlog)
    {
        while (MustMakeRoom(backlog, out long due))
        {
            if (backlog.Limit.Action == BacklogAction.DeadLetterOldest && !subscription.DeadLetters.HasRoom(subscription.Options.DeadLetterCapacity))
            {
                if (!backlog.IsStuck)
                {
                    backlog.IsStuck = true;
                    EngineLog.BacklogStuck(_context.Logger, subscription.Name, subscription.Options.DeadLetterCapacity);
                }

                return backlog.Limit.MaxAge is null ? long.MaxValue : DueTime.After(_context.Clock.Now, TimeSpan.TicksPerSecond);
            }

            if (!TryEvictOldest(backlog, out Move move))
            {
                // Held by consumers, on its way already, or being read: whoever ends that checks again.
                return due;
            }

            Remove(move);
        }

        backlog.IsStuck = false;
        return _state.Keeper.AgeDue;
    }

    private bool MustMakeRoom(Backlog backlog, out long due)
    {
        long now = _context.Clock.Now;
        using Guard guard = subscription.Hold();
        return _state.Keeper.MustMakeRoom(backlog, _state.Intake, now, out due) && !_state.Availability.IsClosed && _state.Availability.Failure is null;
    }

    private bool TryEvictOldest(Backlog backlog, out Move move)
    {
        long now = _context.Clock.Now;
        BacklogLimit limit = backlog.Limit;
        bool dead = limit.Action == BacklogAction.DeadLetterOldest;
        using Guard guard = subscription.Hold();
        long agedBy = backlog.IsOver ? long.MaxValue : now - (limit.MaxAge?.Ticks ?? now);
        bool whole = dead || limit.MaxBytes is not null || limit.MaxAge is not null;
        move = default;
        return !_state.Availability.IsClosed && !(dead && _state.InHand.Moving >= DeadLettering.MaxMoving) && _state.TryEvictOldest(whole, agedBy, out move);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a store throws is logged, and the message stays.")]
    private async Task ReadAndRemoveAsync(Move move)
    {
        Buffered item = move.Item;
        try
        {
            LogCursor cursor = item.Cursor;
            Record record = await subscription.Parts.StoredBacklog.ReadOneAsync(item).ConfigureAwait(WorkContext.IsCurrent);
            if (record.IsMissing)
            {
                throw new StoreException($"The store has no record {item.Sequence} of log {cursor.Log.Id}.");
            }

            Buffered whole = item.With(record);
            cursor.Share.Limit?.Subtract(0, cursor.Share.SizeOf(item.Sequence, record.Size) - cursor.Share.SizeOf(item.Sequence, 0));
            Remove(move with { Item = whole });
        }
        catch (Exception exception)
        {
            subscription.Parts.StoredBacklog.OnFailed(item.Cursor, exception);
            subscription.Parts.DeadLettering.Hold(move, line: null, waits: false);
        }
        finally
        {
            _context.Work.Exit();
        }
    }

    private void Drop(in Move move)
    {
        LogCursor cursor = move.Item.Cursor;
        using Aftermath after = subscription.Decide();
        after.Settled(_state.EndMove(cursor, move.Item.Sequence, departs: false));
        after.Dropped(move.Item);
        after.Mark(cursor);
        if (long.IsPow2(_state.Counters.Dropped))
        {
            // Often enough to be seen, and not a line for each.
            after.Log(DroppedLine(move.Item, _state.Counters.Dropped));
        }
    }

    /// <summary>Shuts senders out while the oldest message is too old, or suspends.</summary>
    /// <returns>When to check again.</returns>
    private long CheckAge(Backlog backlog)
    {
        long now = _context.Clock.Now;
        bool opens = false;
        bool suspends;
        long due;
        using (Guard guard = subscription.Hold())
        {
            if (_state.Availability.IsClosed || !_state.Suspension.IsPossible)
            {
                return long.MaxValue;
            }

            bool isTooOld = _state.Keeper.IsOldestTooOld(backlog, _state.Intake, now, out due);
            suspends = !backlog.Asks && (isTooOld || backlog.IsOver);
            if (backlog.Asks && backlog.IsOverAge != isTooOld)
            {
                backlog.Messages.IsShut = isTooOld;
                opens = !isTooOld;
            }
        }

        if (opens)
        {
            backlog.Messages.LetIn();
        }

        if (suspends)
        {
            subscription.Parts.Suspending.Suspend(backlog);
        }

        return due;
    }

    private Action<LogQueue> DroppedLine(Buffered item, long dropped) =>
        logger => EngineLog.BacklogDropped(logger, subscription.Name, dropped, item.Cursor.Log.Name, item.Sequence);
}
