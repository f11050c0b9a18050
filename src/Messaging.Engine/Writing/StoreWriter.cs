using System.Diagnostics.CodeAnalysis;
using Messaging.Bounds;
using Messaging.Calls;
using Messaging.Commits;
using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Schedules;
using Messaging.Scheduling;
using Messaging.Storage;
using Microsoft.Extensions.Logging;

namespace Messaging.Writing;

/// <summary>The one thread that commits to the store, or in a test the one thread of all: it gathers what many callers want into groups.</summary>
/// <remarks>
/// Nothing is confirmed to a caller, nor shown to a reader, before the commit that holds it. After a failed commit the
/// writer confirms nothing more: every later call gets the failure, until the broker is opened again.
/// </remarks>
internal sealed class StoreWriter
{
    private readonly CommitLoop _loop;
    private readonly CommitQueue _queue;
    private readonly CallPool<Receipt> _sends;
    private readonly CallPool<Settlement> _settles;

    public StoreWriter(
        IMessageStore store, MessageOrigin origin, BrokerClock clock, WorkQueue work, ILogger logger, CountVersion counts, int deduplicationWindow)
    {
        Store = store;
        Origin = origin;
        MaxDurability = store.Features.MaxDurability;
        SkipsDamaged = store.Features.SkipsDamaged;
        StoreName = SafeText.Of(store);
        Action<Exception> unreachable = exception => EngineLog.CallerUnreachable(logger, exception);
        _sends = new(static () => new PendingSend(), unreachable);
        _settles = new(static () => new PendingSettle(), unreachable);
        var composer = new CommitComposer(store, MaxDurability, clock, deduplicationWindow);
        _loop = new CommitLoop(store, composer, new CommitPublisher(counts), new GroupLinger(clock), work, logger);
        _queue = _loop.Queue;
    }

    public IMessageStore Store { get; }

    /// <summary>Gets where the messages of this opening come from.</summary>
    public MessageOrigin Origin { get; }

    /// <summary>Gets what the store offers at most.</summary>
    public Durability MaxDurability { get; }

    /// <summary>Gets a value indicating whether damaged records are to be passed over. Kept here, so that asking is no call to the store.</summary>
    public bool SkipsDamaged { get; }

    /// <summary>Gets how the store calls itself.</summary>
    public string StoreName { get; }

    /// <summary>Gets the failure that stopped the writer, if there was one.</summary>
    public StoreException? Failure => _queue.Failure?.Cause;

    /// <summary>Starts the thread, with nothing of the opener in its context.</summary>
    /// <param name="failed">What is told of a failure, on the writer's thread and without a lock.</param>
    public void Start(Action<StoreException> failed) => _loop.Start(failed);

    /// <summary>Adds one record.</summary>
    /// <param name="log">The log.</param>
    /// <param name="record">The record.</param>
    /// <param name="id">The id that the sender gave, if it did.</param>
    /// <param name="ordinal">The place of that id in the order of remembering; 0 for an id that is not remembered.</param>
    /// <param name="ticket">The room that the sender has taken.</param>
    public ValueTask<Receipt> Append(MessageLog log, in Record record, MessageId? id = null, long ordinal = 0, RoomTicket ticket = default)
    {
        lock (_queue.Gate)
        {
            CommitGroup group = _queue.Join(waits: true, log.Durability);
            int index = group.Add(new PendingAppend(log, record, ordinal == 0 ? null : id, ordinal, ticket));
            CrashPoint.Reached(CrashPoint.AppendQueued);
            return BeginLocked(group, log, id, index);
        }
    }

    /// <summary>Adds several records to one log, and schedules others, in one commit.</summary>
    /// <param name="log">The log.</param>
    /// <param name="appends">The records, all for this log.</param>
    /// <param name="scheduled">The messages that enter it later.</param>
    /// <param name="remembered">The ids of the scheduled ones that are remembered.</param>
    /// <returns>The receipt of the first record.</returns>
    public ValueTask<Receipt> AppendBatch(
        MessageLog log, ReadOnlySpan<PendingAppend> appends, ReadOnlySpan<ScheduledRecord> scheduled, ReadOnlySpan<StoreMessageId> remembered)
    {
        lock (_queue.Gate)
        {
            Durability durability = !scheduled.IsEmpty ? MaxDurability : appends.IsEmpty ? Durability.Memory : log.Durability;
            CommitGroup group = _queue.Join(waits: true, durability);
            int first = appends.IsEmpty ? -1 : group.AppendCount;
            foreach (ref readonly PendingAppend append in appends)
            {
                group.Add(append);
            }

            foreach (ref readonly ScheduledRecord record in scheduled)
            {
                group.Add(record);
            }

            group.Commit.MessageIds.AddRange(remembered);
            return BeginLocked(group, log, id: null, first);
        }
    }

    /// <summary>Moves a message: adds its record to one log and settles it in another, in one commit.</summary>
    public Task Move(MessageLog to, in Record record, StoredReader from, long sequence)
    {
        lock (_queue.Gate)
        {
            CommitGroup group = _queue.Join(waits: true, to.Durability);
            group.Add(new PendingAppend(to, record, null, 0));
            group.Moves.Add((from, sequence));
            return group.Callers.Completion;
        }
    }

    /// <summary>Has a reader's state written with the next commit.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="durability">What the commit must survive.</param>
    /// <param name="waits">Whether somebody waits; otherwise the commit may linger for company.</param>
    public Task MarkDirty(StoredReader reader, Durability durability, bool waits)
    {
        lock (_queue.Gate)
        {
            return _queue.Mark(reader, durability, waits).Callers.Completion;
        }
    }

    /// <summary>Has a reader's state written with a commit that nobody waits for.</summary>
    public void MarkLazily(StoredReader reader, Durability durability)
    {
        lock (_queue.Gate)
        {
            _queue.Mark(reader, durability, waits: false);
        }
    }

    /// <summary>Has a reader's state written with the next commit, for a consumer that waits for it.</summary>
    public ValueTask<Settlement> Settle(StoredReader reader, Durability durability, Settlement settlement)
    {
        lock (_queue.Gate)
        {
            CommitGroup group = _queue.Mark(reader, durability, waits: true);
            var call = (PendingSettle)_settles.Take();
            call.Begin(settlement);
            group.Callers.Add(call);
            return call.Task;
        }
    }

    /// <summary>Declares a log or a subscription, and attaches readers to the ends of their logs in the same commit.</summary>
    public Task Declare(StoreEntry entry, ReadOnlySpan<StoredReader> readers, bool waits)
    {
        lock (_queue.Gate)
        {
            CommitGroup group = _queue.Join(waits, MaxDurability);
            group.Commit.Declared.Add(entry);
            CrashPoint.Reached(CrashPoint.EntryDeclared);
            group.Attached.AddRange(readers);

            return group.Callers.Completion;
        }
    }

    /// <summary>Has readers begin at the ends of their logs with the next commit.</summary>
    public void Attach(ReadOnlySpan<StoredReader> readers)
    {
        lock (_queue.Gate)
        {
            _queue.Join(waits: true, MaxDurability).Attached.AddRange(readers);
        }
    }

    /// <summary>Has the store told again how far logs are settled, after it was opened.</summary>
    public void Trim(ReadOnlySpan<MessageLog> logs)
    {
        lock (_queue.Gate)
        {
            if (!logs.IsEmpty)
            {
                _queue.Join(waits: false, Durability.Process).Trimmed.AddRange(logs);
            }
        }
    }

    /// <summary>Removes entries from the catalog, and their readers from the logs in the same commit.</summary>
    public Task Remove(ReadOnlySpan<int> entries, ReadOnlySpan<StoredReader> readers)
    {
        lock (_queue.Gate)
        {
            CommitGroup group = _queue.Join(waits: true, MaxDurability);
            group.Commit.Removed.AddRange(entries);
            CrashPoint.Reached(CrashPoint.EntryRemoved);
            group.Detached.AddRange(readers);
            return group.Callers.Completion;
        }
    }

    /// <summary>Stores a message that enters its log later.</summary>
    /// <param name="record">The message.</param>
    /// <param name="ordinal">The place of its id in the order of remembering; 0 for an id that is not remembered.</param>
    public Task Schedule(in ScheduledRecord record, long ordinal)
    {
        lock (_queue.Gate)
        {
            CommitGroup group = _queue.Join(waits: true, MaxDurability);
            group.Add(record);
            if (ordinal != 0)
            {
                group.Commit.MessageIds.Add(new StoreMessageId(ordinal, record.Log, record.MessageId, 0));
            }

            return group.Callers.Completion;
        }
    }

    /// <summary>Removes a scheduled message, and forgets its id, which has a place in the order of remembering; 0 if it is not remembered.</summary>
    public Task Unschedule(MessageId id, long ordinal)
    {
        lock (_queue.Gate)
        {
            CommitGroup group = _queue.Join(waits: true, MaxDurability);
            group.Commit.Unscheduled.Add(id);
            if (ordinal != 0)
            {
                group.Commit.Forgotten.Add(ordinal);
            }

            return group.Callers.Completion;
        }
    }

    /// <summary>Waits until everything that was handed in so far is committed, or the writer has failed.</summary>
    public async Task FlushAsync()
    {
        try
        {
            Task commit;
            lock (_queue.Gate)
            {
                commit = _queue.Join(waits: true, Durability.Memory).Callers.Completion;
            }

            await commit.ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            // Each waiting caller has already received the exception.
        }
    }

    /// <summary>Has due messages looked for in the next commit.</summary>
    public void LookForDue(DueMessages due) => _queue.LookForDue(due);

    /// <summary>Makes the last commit and ends the thread.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "A failure was told to every caller already; stopping goes on.")]
    public async Task StopAsync()
    {
        if (_queue.Close(MaxDurability) is not { } last)
        {
            return;
        }

        try
        {
            await last.ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception)
        {
            // Each waiting caller has already received the exception.
        }

        await _loop.Ended.ConfigureAwait(WorkContext.IsCurrent);
    }

    /// <summary>Begins no further commit, as if the process had died. For tests, in which the writer has no thread.</summary>
    /// <param name="cause">What those who wait are told.</param>
    public void Abandon(StoreException cause) => _loop.Abandon(cause);

    private ValueTask<Receipt> BeginLocked(CommitGroup group, MessageLog log, MessageId? id, int append)
    {
        var call = (PendingSend)_sends.Take();
        call.Begin(Origin, log, id, append);
        group.Callers.Add(call);
        return call.Task;
    }
}
