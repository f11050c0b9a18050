using System.Runtime.InteropServices;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Storage;
using Messaging.Writing;
using Microsoft.Extensions.Logging;

namespace Messaging.Producers;

/// <summary>The messages that enter their logs later: an index by id and by due time.</summary>
/// <remarks>A stored one has its bytes in the store only, and enters its log in the commit that removes it from the index.</remarks>
internal sealed partial class ScheduledMessages : IDueSource
{
    private const int MostAtOnce = 1_024;

    private readonly int _capacity;
    private readonly StoreWriter? _writer;
    private readonly BrokerClock _clock;
    private readonly ILogger _logger;
    private readonly Alarm _alarm;
    private readonly CountVersion _version;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly ScheduledTable _table = new();
    private readonly Dictionary<MessageId, Entry> _entering = [];

    // In the commit that is being made.
    private readonly Dictionary<MessageId, Entry> _claimed = [];
    private readonly Dictionary<MessageLog, int> _counts = [];
    private readonly HashSet<MessageId> _reserved = [];

    // Cancels that are being stored.
    private readonly Dictionary<MessageId, Task> _cancelling = [];
    private readonly Dictionary<MessageLog, int> _damaged = [];
    private long _dueTicks;
    private bool _hasFailed;

    // Used by the alarm only, which rings on one thread at a time.
    private readonly List<ScheduledItem> _dueNow = [];
    private readonly List<Record> _records = [];

    public ScheduledMessages(int capacity, Scheduler scheduler, StoreWriter? writer, BrokerClock clock, ILogger logger, CountVersion version, DeduplicationWindow window)
    {
        _version = version;
        Window = window;
        _capacity = capacity;
        _writer = writer;
        _clock = clock;
        _logger = logger;
        _alarm = scheduler.CreateAlarm(OnAlarm, "the scheduled messages");
    }

    /// <summary>Gets the ids that senders gave.</summary>
    public DeduplicationWindow Window { get; }

    /// <summary>Gets the number of a log's messages. One that is due counts until it is in the log.</summary>
    public int CountFor(MessageLog log)
    {
        lock (_gate)
        {
            return _counts.GetValueOrDefault(log);
        }
    }

    /// <summary>Gets the number of messages that became due and could not be read.</summary>
    public int CountDamagedFor(MessageLog log)
    {
        lock (_gate)
        {
            return _damaged.GetValueOrDefault(log);
        }
    }

    /// <summary>Tells whether a message of this id is scheduled for a log.</summary>
    public bool Holds(MessageId id, MessageLog log)
    {
        lock (_gate)
        {
            return _table.TryGet(id, out MessageLog found)
                ? found == log
                : (_entering.TryGetValue(id, out Entry? due) || _claimed.TryGetValue(id, out due)) && due.Log == log;
        }
    }

    /// <summary>Adds a message: a stored one when its commit is done.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="log">Its log.</param>
    /// <param name="due">Its due time.</param>
    /// <param name="record">Its record.</param>
    /// <param name="ordinal">The place of its id in the order of remembering; 0 for an id that is not remembered.</param>
    /// <exception cref="QueueFullException">There are too many scheduled messages.</exception>
    public Task AddAsync(MessageId id, MessageLog log, long due, Record record, long ordinal)
    {
        if (log.IsStored && _writer is { } writer)
        {
            return StoreAndAddAsync(writer, id, log, due, record, ordinal);
        }

        lock (_gate)
        {
            CheckRoomLocked(1);
            if (IsKnownLocked(id))
            {
                throw Known(id);
            }

            AddLocked(id, log, due, record);
        }

        _alarm.SetNoLaterThan(due);
        return Task.CompletedTask;
    }

    private async Task StoreAndAddAsync(StoreWriter writer, MessageId id, MessageLog log, long due, Record record, long ordinal)
    {
        await ReserveAsync([id], CancellationToken.None).ConfigureAwait(WorkContext.IsCurrent);
        try
        {
            await writer.Schedule(new ScheduledRecord(id, log.Id, due, record.Payload), ordinal).ConfigureAwait(WorkContext.IsCurrent);
            Add(id, log, due, default);
        }
        finally
        {
            Unreserve([id]);
        }
    }

    /// <summary>Adds a message whose place is reserved, or that recovery found.</summary>
    public void Add(MessageId id, MessageLog log, long due, in Record record)
    {
        lock (_gate)
        {
            AddLocked(id, log, due, record);
        }

        _alarm.SetNoLaterThan(due);
    }

    /// <summary>Lets nothing more become due.</summary>
    public void Stop() => _alarm.Clear();

    public long? TakeDueTicks()
    {
        lock (_gate)
        {
            long due = _dueTicks;
            _dueTicks = 0;
            return due == 0 ? null : due;
        }
    }

    public bool TryClaim(MessageId id, out MessageLog log, out long ordinal)
    {
        ordinal = 0;
        lock (_gate)
        {
            bool claimed = _entering.Remove(id, out Entry? entry);
            log = claimed ? entry!.Log : null!;
            if (!claimed)
            {
                return false;
            }

            _claimed[id] = entry!;
        }

        ordinal = Window.OrdinalOfScheduled(log.Id, id);
        CountIn(log);
        return true;
    }

    public void OnPublished()
    {
        lock (_gate)
        {
            foreach (Entry entry in _claimed.Values)
            {
                // What was missed before was taken out of the count then.
                _counts[entry.Log] -= entry.IsMissing ? 0 : 1;
            }

            _claimed.Clear();
        }
    }

    public void OnEntered(ReadOnlySpan<PendingAppend> entered)
    {
        foreach (ref readonly PendingAppend append in entered)
        {
            if (append.RememberedId is { } id)
            {
                Window.Enter(append.Log, id, append.Sequence);
            }
        }
    }

    public void LookAgain(long dueTicks)
    {
        lock (_gate)
        {
            if (_entering.Count == 0)
            {
                return;
            }

            _dueTicks = Math.Max(_dueTicks, dueTicks);
        }

        _writer!.LookForDue(this);
    }

    public void OnReadFailed(long dueTicks, StoreException exception)
    {
        bool isFirst;
        lock (_gate)
        {
            isFirst = !_hasFailed;
            _hasFailed = true;
            _dueTicks = Math.Max(_dueTicks, dueTicks);
        }

        _alarm.SetNoLaterThan(DueTime.After(_clock.Now, TimeSpan.TicksPerSecond));
        if (isFirst)
        {
            EngineLog.ScheduledReadFailed(_logger, exception);
        }
    }

    public void OnAllRead(long dueTicks, IReadOnlyList<ScheduledRecord> found, List<MessageId> lost, List<long> forgotten)
    {
        List<Entry> missing = [];
        lock (_gate)
        {
            _hasFailed = false;
            foreach (Entry entry in _entering.Values)
            {
                // One that was found, but not claimed, comes in time for the next look.
                if (entry.Due <= dueTicks && !entry.IsMissing && !found.Any(record => record.MessageId == entry.Id))
                {
                    entry.IsMissing = true;
                    missing.Add(entry);
                    _counts[entry.Log]--;
                    _damaged[entry.Log] = _damaged.GetValueOrDefault(entry.Log) + 1;
                }
            }

            if (_writer!.SkipsDamaged)
            {
                missing.ForEach(entry => _entering.Remove(entry.Id));
                lost.AddRange(missing.Select(entry => entry.Id));
            }
        }

        foreach (Entry entry in missing)
        {
            EngineLog.ScheduledDamaged(_logger, entry.Id, entry.Log.Name);
            if (_writer.SkipsDamaged && Window.OrdinalOfScheduled(entry.Log.Id, entry.Id) is > 0 and var ordinal)
            {
                // It never comes, so it can be sent again.
                forgotten.Add(ordinal);
                Window.Forget(entry.Log.Id, entry.Id, ordinal);
            }
        }
    }

    private void AddLocked(MessageId id, MessageLog log, long due, in Record record)
    {
        if (_table.TryAdd(new ScheduledItem(id, log, due, WithoutId(record))))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, log, out _)++;
        }
    }

    /// <summary>Lets go of what the index says itself: the id, and the time from which the message's age counts.</summary>
    private static Record WithoutId(in Record record) =>
        record is { IsEncoded: false, Extras: { Headers: null } } ? new Record(record.Body, record.SentAt, extras: null) : record;

    private static Record WithId(in ScheduledItem item) =>
        item.Record is { IsEncoded: false, Extras: null } record
            ? new Record(record.Body, record.SentAt, new MessageExtras { Id = item.Id, AgesFrom = item.Due })
            : item.Record;

    /// <summary>Counts a message that enters without asking. A topic without subscriptions gives the room back when the message is in its log.</summary>
    private static void CountIn(MessageLog log) => log.Bound!.Gate.Add(1);

    private void OnAlarm(long now)
    {
        long next;
        bool more;
        do
        {
            next = TakeDue(now, out bool stored, out more);
            AppendDue();
            if (stored)
            {
                _writer!.LookForDue(this);
            }
        }
        while (more);

        if (next != long.MaxValue)
        {
            _alarm.SetNoLaterThan(next);
        }
    }

    /// <summary>Takes some of what is due: so many at once that senders need not wait for long.</summary>
    private long TakeDue(long now, out bool stored, out bool more)
    {
        lock (_gate)
        {
            int taken = 0;
            while (taken < MostAtOnce && _table.TryTakeDue(now, out ScheduledItem item))
            {
                taken++;
                if (!item.Log.IsStored)
                {
                    _dueNow.Add(item);
                }
                else
                {
                    _entering[item.Id] = new Entry(item.Id, item.Log, item.Due);
                    _dueTicks = Math.Max(_dueTicks, item.Due);
                }
            }

            // Also what could not be read the last time.
            stored = _dueTicks != 0;
            more = taken == MostAtOnce;
            return _table.NextDue;
        }
    }

    /// <summary>Appends what is due in memory: neighbours of one log together.</summary>
    private void AppendDue()
    {
        for (int i = 0; i < _dueNow.Count; i++)
        {
            MessageLog log = _dueNow[i].Log;
            CountIn(log);
            _records.Add(WithId(_dueNow[i]));
            if (i + 1 == _dueNow.Count || _dueNow[i + 1].Log != log)
            {
                Enter(log, first: i + 1 - _records.Count);
                _records.Clear();
            }
        }

        _dueNow.Clear();
    }

    /// <summary>Moves the records from the schedule to their log.</summary>
    /// <param name="log">The log.</param>
    /// <param name="first">The index of the first one among those that are due now.</param>
    private void Enter(MessageLog log, int first)
    {
        Appended appended;
        _version.Begin();
        try
        {
            appended = log.Add(CollectionsMarshal.AsSpan(_records), ticket: default);
            lock (_gate)
            {
                _counts[log] -= appended.Count;
            }
        }
        finally
        {
            _version.End();
        }

        for (int i = 0; i < appended.Count; i++)
        {
            Window.Enter(log, _dueNow[first + i].Id, appended.First + i);
        }

        log.Announce(appended, ticket: default);
    }

    /// <summary>A stored message that is due and not yet in its log.</summary>
    private sealed class Entry(MessageId id, MessageLog log, long due)
    {
        public MessageId Id => id;

        public MessageLog Log => log;

        public long Due => due;

        public bool IsMissing { get; set; }
    }
}
