using Messaging.Bounds;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Storage;
using Microsoft.Extensions.Logging;

namespace Messaging.Writing;

/// <summary>The one thread that commits to the store, or in a test the one thread of all: it gathers what many callers want into groups.</summary>
/// <remarks>
/// Nothing is confirmed to a caller, nor shown to a reader, before the commit that holds it. After a failed commit the
/// writer confirms nothing more: every later call gets the failure, until the broker is opened again.
/// </remarks>
internal sealed partial class StoreWriter
{
    /// <summary>Some tens of microseconds: a sender that has just been told is back before they are over, and waking a thread up costs more.</summary>
    private const int SpinsBeforeSleep = 120;

    /// <summary>A group of so many bytes takes no more: a commit must not make the store's own log grow without bound.</summary>
    private const long FullGroupBytes = 4 << 20;

    private readonly IMessageStore _store;
    private readonly WorkQueue _work;
    private readonly ILogger _logger;
    private readonly GroupLinger _linger;
    private readonly CommitComposer _composer;
    private readonly CommitPublisher _publisher;
    private readonly CallPool<Receipt> _sends;
    private readonly CallPool<Settlement> _settles;
    // Without a thread, where everything runs in one place.
    private readonly Thread? _thread;
    private readonly Action _runHere;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Set without the lock, after work was added under it.
    private readonly ManualResetEventSlim _wake = new(false, SpinsBeforeSleep);

    // Given when the writer starts, before anything can fail.
    private Action<StoreException>? _failed;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private CommitGroup _open = new();
    private CommitGroup? _spare;
    private readonly Queue<CommitGroup> _full = new();
    private StoreException? _failure;
    private string _failureText = "";
    private bool _stopped;
    private bool _sleeps;
    private bool _isAtWork;

    public StoreWriter(
        IMessageStore store, MessageOrigin origin, BrokerClock clock, WorkQueue work, ILogger logger, CountVersion counts, int deduplicationWindow)
    {
        _store = store;
        Origin = origin;
        MaxDurability = store.Features.MaxDurability;
        SkipsDamaged = store.Features.SkipsDamaged;
        StoreName = SafeText.Of(store);
        _work = work;
        _logger = logger;
        _sends = new(static () => new PendingSend(), NoteUnreachable);
        _settles = new(static () => new PendingSettle(), NoteUnreachable);
        _linger = new GroupLinger(clock);
        _composer = new CommitComposer(store, MaxDurability, clock, deduplicationWindow);
        _publisher = new CommitPublisher(counts);
        _thread = work.IsSerial ? null : new Thread(RunThread) { IsBackground = true, Name = "Messaging store writer" };
        _runHere = RunHere;
    }

    public IMessageStore Store => _store;

    /// <summary>Gets where the messages of this opening come from.</summary>
    public MessageOrigin Origin { get; }

    /// <summary>Gets what the store offers at most.</summary>
    public Durability MaxDurability { get; }

    /// <summary>Gets a value indicating whether damaged records are to be passed over. Kept here, so that asking is no call to the store.</summary>
    public bool SkipsDamaged { get; }

    /// <summary>Gets how the store calls itself.</summary>
    public string StoreName { get; }

    /// <summary>Gets the failure that stopped the writer, if there was one.</summary>
    public StoreException? Failure => Volatile.Read(ref _failure);

    /// <summary>Starts the thread, with nothing of the opener in its context.</summary>
    /// <param name="failed">What is told of a failure, on the writer's thread and without a lock.</param>
    public void Start(Action<StoreException> failed)
    {
        _failed = failed;
        _thread?.UnsafeStart();
    }

    /// <summary>Adds one record.</summary>
    /// <param name="log">The log.</param>
    /// <param name="record">The record.</param>
    /// <param name="id">The id that the sender gave, if it did.</param>
    /// <param name="ordinal">The place of that id in the order of remembering; 0 for an id that is not remembered.</param>
    /// <param name="ticket">The room that the sender has taken.</param>
    public ValueTask<Receipt> Append(MessageLog log, in Record record, MessageId? id = null, long ordinal = 0, RoomTicket ticket = default)
    {
        lock (_gate)
        {
            CommitGroup group = JoinLocked(waits: true, log.Durability);
            int index = group.Add(new PendingAppend(log, record, ordinal == 0 ? null : id, ordinal, ticket));
            CrashPoint.Reached(CrashPoint.AppendQueued);
            return BeginLocked(group, log, id, index);
        }
    }

    /// <summary>Adds several records to one log, and schedules others, in one commit.</summary>
    /// <returns>The receipt of the first record.</returns>
    public ValueTask<Receipt> AppendBatch(
        MessageLog log, ReadOnlySpan<PendingAppend> appends, ReadOnlySpan<ScheduledRecord> scheduled, ReadOnlySpan<StoreMessageId> remembered)
    {
        lock (_gate)
        {
            CommitGroup group = JoinLocked(waits: true, scheduled.IsEmpty ? Durability.Memory : MaxDurability);
            int first = appends.IsEmpty ? -1 : group.AppendCount;
            foreach (ref readonly PendingAppend append in appends)
            {
                group.Raise(append.Log.Durability);
                group.Add(append);
            }

            foreach (ref readonly ScheduledRecord record in scheduled)
            {
                group.Add(record);
            }

            group.Schedule.Remembered.AddRange(remembered);
            return BeginLocked(group, log, id: null, first);
        }
    }

    /// <summary>Moves a message: adds its record to one log and settles it in another, in one commit.</summary>
    public Task Move(MessageLog to, in Record record, StoredReader from, long sequence)
    {
        lock (_gate)
        {
            CommitGroup group = JoinLocked(waits: true, to.Durability);
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
        lock (_gate)
        {
            return MarkLocked(reader, durability, waits).Callers.Completion;
        }
    }

    /// <summary>Has a reader's state written with a commit that nobody waits for.</summary>
    public void MarkLazily(StoredReader reader, Durability durability)
    {
        lock (_gate)
        {
            MarkLocked(reader, durability, waits: false);
        }
    }

    /// <summary>Has a reader's state written with the next commit, for a consumer that waits for it.</summary>
    public ValueTask<Settlement> Settle(StoredReader reader, Durability durability, Settlement settlement)
    {
        lock (_gate)
        {
            CommitGroup group = MarkLocked(reader, durability, waits: true);
            var call = (PendingSettle)_settles.Take();
            call.Begin(settlement);
            group.Callers.Add(call);
            return call.Task;
        }
    }

    /// <summary>Declares a log or a subscription, and attaches readers to the ends of their logs in the same commit.</summary>
    public Task Declare(StoreEntry entry, ReadOnlySpan<StoredReader> readers, bool waits)
    {
        lock (_gate)
        {
            CommitGroup group = JoinLocked(waits, MaxDurability);
            group.Catalog.Declared.Add(entry);
            CrashPoint.Reached(CrashPoint.EntryDeclared);
            group.Catalog.Attached.AddRange(readers);

            return group.Callers.Completion;
        }
    }

    /// <summary>Has readers begin at the ends of their logs with the next commit.</summary>
    public void Attach(ReadOnlySpan<StoredReader> readers)
    {
        lock (_gate)
        {
            JoinLocked(waits: true, MaxDurability).Catalog.Attached.AddRange(readers);
        }
    }

    /// <summary>Has the store told again how far logs are settled, after it was opened.</summary>
    public void Trim(ReadOnlySpan<MessageLog> logs)
    {
        lock (_gate)
        {
            if (!logs.IsEmpty)
            {
                JoinLocked(waits: false, Durability.Process).Trimmed.AddRange(logs);
            }
        }
    }

    /// <summary>Removes entries from the catalog, and their readers from the logs in the same commit.</summary>
    public Task Remove(ReadOnlySpan<int> entries, ReadOnlySpan<StoredReader> readers)
    {
        lock (_gate)
        {
            CommitGroup group = JoinLocked(waits: true, MaxDurability);
            group.Catalog.Removed.AddRange(entries);
            CrashPoint.Reached(CrashPoint.EntryRemoved);
            group.Catalog.Detached.AddRange(readers);
            return group.Callers.Completion;
        }
    }

    /// <summary>Stores a message that enters its log later.</summary>
    /// <param name="record">The message.</param>
    /// <param name="ordinal">The place of its id in the order of remembering; 0 for an id that is not remembered.</param>
    public Task Schedule(in ScheduledRecord record, long ordinal)
    {
        lock (_gate)
        {
            CommitGroup group = JoinLocked(waits: true, MaxDurability);
            group.Add(record);
            if (ordinal != 0)
            {
                group.Schedule.Remembered.Add(new StoreMessageId(ordinal, record.Log, record.MessageId, 0));
            }

            return group.Callers.Completion;
        }
    }

    /// <summary>Removes a scheduled message, and forgets its id, which has a place in the order of remembering; 0 if it is not remembered.</summary>
    public Task Unschedule(MessageId id, long ordinal)
    {
        lock (_gate)
        {
            CommitGroup group = JoinLocked(waits: true, MaxDurability);
            group.Schedule.Unscheduled.Add(id);
            if (ordinal != 0)
            {
                group.Schedule.Forgotten.Add(ordinal);
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
            lock (_gate)
            {
                commit = JoinLocked(waits: true, Durability.Memory).Callers.Completion;
            }

            await commit.ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception) when (exception is StoreException or ObjectDisposedException)
        {
            // Each waiting caller has already received the exception.
        }
    }

    /// <summary>Has due messages looked for in the next commit.</summary>
    public void LookForDue(IDueSource source)
    {
        lock (_gate)
        {
            if (_failure is null && !_stopped)
            {
                JoinLocked(waits: true, MaxDurability).Schedule.Due = source;
            }
        }
    }

    private ValueTask<Receipt> BeginLocked(CommitGroup group, MessageLog log, MessageId? id, int append)
    {
        var call = (PendingSend)_sends.Take();
        call.Begin(Origin, log, id, append);
        group.Callers.Add(call);
        return call.Task;
    }

    private CommitGroup MarkLocked(StoredReader reader, Durability durability, bool waits)
    {
        CommitGroup group = JoinLocked(waits, durability);
        if (reader.QueuedIn != group)
        {
            reader.QueuedIn = group;
            group.Dirty.Add(reader);
        }

        reader.NoteMarked(durability);
        return group;
    }

    private CommitGroup JoinLocked(bool waits, Durability durability)
    {
        BrokerClosed.ThrowIf(_stopped);
        if (_failure is not null)
        {
            throw NothingStored(_failure);
        }

        if (_open.Bytes >= FullGroupBytes)
        {
            _full.Enqueue(_open);
            _open = TakeSpareLocked();
        }

        CommitGroup group = _open;
        group.Raise(durability);
        if (waits)
        {
            group.Waiting++;
        }

        bool isFirst = !group.HasWork;
        if (isFirst)
        {
            group.HasWork = true;
            _work.Enter();
        }

        // Work that nobody waits for does not wake the thread up while it waits for company anyway.
        if (waits ? group.Waiting == 1 : isFirst && (_sleeps || _linger.LazyWait is null))
        {
            WakeLocked();
        }

        return group;
    }

    private void WakeLocked()
    {
        if (_thread is not null)
        {
            _wake.Set();
        }
        else if (!_isAtWork)
        {
            _isAtWork = true;
            _work.Run(_runHere);
        }
    }

    private CommitGroup TakeSpareLocked()
    {
        CommitGroup group = _spare ?? new CommitGroup();
        _spare = null;
        return group;
    }
}
