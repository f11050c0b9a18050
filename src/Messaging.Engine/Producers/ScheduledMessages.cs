using System.Runtime.InteropServices;
using Messaging.Diagnostics;
using Messaging.Scheduling;
using Messaging.Storage;
using Microsoft.Extensions.Logging;

namespace Messaging.Producers;

/// <summary>The messages that enter their logs later: an index by id and by due time.</summary>
/// <remarks>A stored one has its bytes in the store only, and enters its log in the commit that removes it from the index.</remarks>
internal sealed class ScheduledMessages : IDueSource
{
    private const int MostAtOnce = 1_024;

    private readonly int _capacity;
    private readonly StoreWriter? _writer;
    private readonly BrokerClock _clock;
    private readonly ILogger _logger;
    private readonly Alarm _alarm;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly ScheduledTable _table = new();
    private readonly Dictionary<MessageId, Entry> _entering = [];
    private readonly Dictionary<MessageLog, int> _counts = [];
    private readonly HashSet<MessageId> _reserved = [];
    private readonly Dictionary<MessageLog, int> _damaged = [];
    private long _dueTicks;
    private bool _hasFailed;

    // Used by the alarm only, which rings on one thread at a time.
    private readonly List<ScheduledItem> _dueNow = [];
    private readonly List<Record> _records = [];

    public ScheduledMessages(int capacity, Scheduler scheduler, StoreWriter? writer, BrokerClock clock, ILogger logger)
    {
        _capacity = capacity;
        _writer = writer;
        _clock = clock;
        _logger = logger;
        _alarm = scheduler.CreateAlarm(OnAlarm);
    }

    /// <summary>Gets or sets what is told of a message that enters a log.</summary>
    public Action<MessageLog>? Entering { get; set; }

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
            return _table.TryGet(id, out MessageLog found) && found == log;
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
        if (log.Writer is { } writer)
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
        Reserve([id]);
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

    /// <summary>Reserves places.</summary>
    /// <exception cref="QueueFullException">There are too many scheduled messages.</exception>
    /// <exception cref="InvalidOperationException">One of the ids is scheduled already: an id names one scheduled message, since it cancels one.</exception>
    public void Reserve(ReadOnlySpan<MessageId> ids)
    {
        lock (_gate)
        {
            CheckRoomLocked(ids.Length);
            for (int i = 0; i < ids.Length; i++)
            {
                if (IsKnownLocked(ids[i]))
                {
                    RemoveReserved(ids[..i]);
                    throw Known(ids[i]);
                }

                _reserved.Add(ids[i]);
            }
        }
    }

    public void Unreserve(ReadOnlySpan<MessageId> ids)
    {
        lock (_gate)
        {
            RemoveReserved(ids);
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

    /// <summary>Cancels a message.</summary>
    /// <returns>Whether it was scheduled, and the commit to wait for.</returns>
    public bool TryCancel(MessageId id, out Task commit)
    {
        MessageLog log;
        lock (_gate)
        {
            commit = Task.CompletedTask;
            if (!_table.TryRemove(id, out log))
            {
                return false;
            }

            _counts[log]--;
        }

        if (log.Writer is { } writer)
        {
            commit = writer.Unschedule(id);
        }

        return true;
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

    public bool TryClaim(MessageId id, out MessageLog log)
    {
        lock (_gate)
        {
            bool claimed = _entering.Remove(id, out Entry? entry);
            log = claimed ? entry!.Log : null!;
            if (!claimed)
            {
                return false;
            }
        }

        Entering?.Invoke(log);
        return true;
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

        _alarm.SetNoLaterThan(_clock.Now + TimeSpan.TicksPerSecond);
        if (isFirst)
        {
            EngineLog.ScheduledReadFailed(_logger, exception);
        }
    }

    public void OnAllRead(long dueTicks, IReadOnlyList<ScheduledRecord> found, List<MessageId> lost)
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
        }
    }

    private void RemoveReserved(ReadOnlySpan<MessageId> ids)
    {
        foreach (MessageId id in ids)
        {
            _reserved.Remove(id);
        }
    }

    private void CheckRoomLocked(int count)
    {
        if (count > 0 && _table.Count + _reserved.Count + count > _capacity)
        {
            throw new QueueFullException("scheduled messages", _capacity);
        }
    }

    private bool IsKnownLocked(MessageId id) => _table.TryGet(id, out _) || _entering.ContainsKey(id) || _reserved.Contains(id);

    private static InvalidOperationException Known(MessageId id) =>
        new($"A message with the id {id} is scheduled already. Nothing was sent.");

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
                _counts[item.Log]--;
                if (item.Log.Writer is null)
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
            Entering?.Invoke(log);
            _records.Add(WithId(_dueNow[i]));
            if (i + 1 == _dueNow.Count || _dueNow[i + 1].Log != log)
            {
                log.AppendBatch(CollectionsMarshal.AsSpan(_records), entered: null);
                _records.Clear();
            }
        }

        _dueNow.Clear();
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
