using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Groups;
using Messaging.Logging;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Redelivery;
using Messaging.State;
using Messaging.Writing;

namespace Messaging.Subscriptions;

/// <summary>Gives messages up: to the dead letters, dropped where there are none, or held while there is no room for them.</summary>
internal sealed class DeadLettering(Subscription subscription)
{
    /// <summary>So many messages may be on their way to the dead letters before the next oldest one has to wait.</summary>
    public const long MaxMoving = 4096;

    private const int MaxDescription = 4096;

    private static readonly TimeSpan _leastHold = TimeSpan.FromSeconds(1);

    private readonly BrokerContext _context = subscription.Context;
    private readonly SubscriptionState _state = subscription.State;
    private readonly DeadLetterLog _letters = subscription.DeadLetters;
    private readonly StoreWriter? _writer = subscription.Context.WriterOf(subscription.DeadLetters.Log);

    /// <summary>Does what nobody waits for: a store that has stopped tells those who wait.</summary>
    public static void Quietly(Func<Task?> action)
    {
        try
        {
            // Nobody awaits it, so nobody else would look at its exception.
            _ = action()?.ContinueWith(
                static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            // The message is in the store and is delivered again when the broker is opened again.
        }
    }

    /// <summary>Moves a message from one log in memory to another.</summary>
    public static void MoveInMemory(CountVersion counts, MessageLog to, in Record record, StoredReader from, long sequence)
    {
        from.States.OnMoved(from, sequence);
        Appended appended;
        counts.Begin();
        try
        {
            appended = to.Add(new ReadOnlySpan<Record>(in record), ticket: default);
            from.States.OnMovePublished();
        }
        finally
        {
            counts.End();
        }

        appended.Announce(ticket: default);
    }

    /// <summary>Gives up a message whose retries are used up, instead of handing it over.</summary>
    public void GiveUpExhausted(Move move)
    {
        int failures = move.Item.Failures;
        string description = $"It has failed {failures:N0} {(failures == 1 ? "time" : "times")}, which is the limit. The last time, the process ended "
            + "while the message was being handled, or the dead-letter queue was full.";
        Quietly(() => GiveUp(move, DeadLetterReason.RetriesExhausted, description, waits: false, out _));
    }

    /// <summary>Gives up a message that is moving.</summary>
    /// <param name="move">The message.</param>
    /// <param name="reason">Why.</param>
    /// <param name="description">Why, in words.</param>
    /// <param name="waits">Whether somebody waits for the commit. A move to the dead letters has one in any case.</param>
    /// <param name="settlement">What became of the message.</param>
    /// <returns>The commit to wait for, if there is one.</returns>
    public Task? GiveUp(in Move move, DeadLetterReason reason, string description, bool waits, out Settlement settlement)
    {
        settlement = Settlement.DeadLettered;
        if (!subscription.Options.DeadLetter)
        {
            Drop(move);
            return Commit(move.Item.Cursor, waits);
        }

        if (!_letters.TryReserve(subscription.Options.DeadLetterCapacity))
        {
            settlement = Settlement.Nacked;
            Hold(move, NoRoomLine(move.Item), waits);
            return waits ? Commit(move.Item.Cursor, waits) : null;
        }

        Buffered item = move.Item;
        using (Aftermath after = subscription.Decide())
        {
            after.Settled(InHand.Leave(move));
            after.DeadLettered(item, reason, description);
        }

        Record record = Annotate(item, reason, description);
        Task? commit = null;
        if (_writer is { } writer)
        {
            commit = MoveAsync(writer, _letters.Log, record, item.Cursor, item.Sequence);
        }
        else
        {
            MoveInMemory(_context.Counts, _letters.Log, record, item.Cursor, item.Sequence);
            _letters.Release();
        }

        EngineLog.DeadLettered(_context.Logger, subscription.Name, item.Sequence, item.Cursor.Log.Name, reason, item.Failures);
        return commit;
    }

    /// <summary>Keeps a message that cannot be given up now: it is tried again later.</summary>
    /// <param name="move">The message.</param>
    /// <param name="line">A line for the log; <see langword="null"/> for none.</param>
    /// <param name="waits">Whether somebody waits, who may be held by the policy, and has the state stored. Otherwise the caller may be the timer's or the
    /// writer's thread.</param>
    public void Hold(in Move move, Action<LogQueue>? line, bool waits)
    {
        RetryPolicy policy = subscription.Options.Retry;
        long at = _context.Clock.Now;
        if (waits || RetryDecision.IsOurs(policy))
        {
            Hold(move, at, policy, line, waits);
        }
        else
        {
            HoldElsewhere(move, at, policy);
            // However long the policy takes.
            line?.Invoke(_context.Logger);
        }
    }

    /// <summary>Drops a message that is moving.</summary>
    private void Drop(in Move move)
    {
        using Aftermath after = subscription.Decide();
        after.Settled(InHand.Leave(move));
        after.Settled(_state.EndMove(move.Item.Cursor, move.Item.Sequence, departs: false));
        after.Dropped(move.Item);
        if (_state.InHand.Moving == MaxMoving / 2)
        {
            after.CheckBacklog();
        }
    }

    /// <summary>Has a cursor's state stored.</summary>
    /// <returns>The commit to wait for, if somebody waits and the log is stored.</returns>
    private Task? Commit(LogCursor cursor, bool waits)
    {
        if (waits && _context.WriterOf(cursor.Log) is { } writer)
        {
            return writer.MarkDirty(cursor, cursor.Log.Durability, waits: true);
        }

        _context.MarkLazily(cursor, cursor.Log.Durability);
        return null;
    }

    private async Task MoveAsync(StoreWriter writer, MessageLog log, Record record, LogCursor cursor, long sequence)
    {
        try
        {
            if (SeededBugs.Is(SeededBug.DeadLetterInTwo))
            {
                await writer.Append(log, record).ConfigureAwait(WorkContext.IsCurrent);
                CrashPoint.Reached(CrashPoint.DeadLetterMoves);
                cursor.States.OnMoved(cursor, sequence);
                cursor.States.OnMovePublished();
                await writer.MarkDirty(cursor, cursor.Log.Durability, waits: true).ConfigureAwait(WorkContext.IsCurrent);
                return;
            }

            await writer.Move(log, record, cursor, sequence).ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            _letters.Release();
        }
    }

    private void HoldElsewhere(Move move, long at, RetryPolicy policy) =>
        _context.Work.RunCounted(() => Hold(move, at, policy, line: null, waits: false));

    private void Hold(in Move move, long at, RetryPolicy policy, Action<LogQueue>? line, bool waits)
    {
        Buffered item = move.Item;
        RetryDecision decision = RetryDecision.Beyond(policy, item.Failures, item.Sequence);
        TimeSpan wait = decision.Delay > _leastHold ? decision.Delay : _leastHold;
        using Aftermath after = subscription.Decide();
        after.Alarm(_state.ComeBack(move, at, wait, _context.Clock.Now));
        if (decision.Thrown is { } thrown)
        {
            after.Log(subscription.Parts.Failing.LineOf(thrown, policy, item));
        }

        after.Log(line);
        if (!waits)
        {
            after.Mark(item.Cursor);
        }
    }

    /// <summary>Gets the line that there was no room among the dead letters: often enough to be seen, and not a line for each.</summary>
    private Action<LogQueue>? NoRoomLine(Buffered item)
    {
        long count = _state.Counters.CountHeldForRoom();
        return long.IsPow2(count)
            ? logger => EngineLog.DeadLettersFull(
                logger, subscription.Name, item.Sequence, item.Cursor.Log.Name, subscription.Options.DeadLetterCapacity, count)
            : null;
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
