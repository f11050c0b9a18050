using Messaging.Diagnostics;
using Messaging.Scheduling;
using Messaging.Storage;
using Microsoft.Extensions.Logging;

namespace Messaging.Producers;

/// <summary>The messages that enter their logs later: an index by id and by due time.</summary>
/// <remarks>A stored one has its bytes in the store only, and enters its log in the commit that removes it from the index.</remarks>
internal sealed class ScheduledMessages : IDueSource
{
    private readonly int _capacity;
    private readonly StoreWriter? _writer;
    private readonly BrokerClock _clock;
    private readonly ILogger _logger;
    private readonly Alarm _alarm;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Dictionary<MessageId, Entry> _entries = [];
    private readonly Dictionary<MessageId, Entry> _entering = [];
    private readonly Dictionary<MessageLog, int> _counts = [];
    private PriorityQueue<Entry, (long Due, long Order)> _order = new();
    private long _nextOrder;
    private readonly HashSet<MessageId> _reserved = [];
    private readonly Dictionary<MessageLog, int> _damaged = [];
    private long _dueTicks;
    private bool _hasFailed;

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
            return _entries.TryGetValue(id, out Entry? entry) && entry.Log == log;
        }
    }

    /// <summary>Adds a message: a stored one when its commit is done.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="log">Its log.</param>
    /// <param name="due">Its due time.</param>
    /// <param name="record">Its record.</param>
    /// <param name="ordinal">The place of its id in the order of remembering; 0 for an id that is not remembered.</param>
    /// <exception cref="QueueFullException">There are too many scheduled messages.</exception>
    public async Task AddAsync(MessageId id, MessageLog log, long due, Record record, long ordinal)
    {
        Reserve([id]);
        try
        {
            if (log.Writer is { } writer)
            {
                await writer.Schedule(new ScheduledRecord(id, log.Id, due, record.Payload), ordinal).ConfigureAwait(false);
            }

            Add(id, log, due, log.Writer is null ? record : default);
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
            if (ids.Length > 0 && _entries.Count + _reserved.Count + ids.Length > _capacity)
            {
                throw new QueueFullException("scheduled messages", _capacity);
            }

            for (int i = 0; i < ids.Length; i++)
            {
                if (_entries.ContainsKey(ids[i]) || _entering.ContainsKey(ids[i]) || !_reserved.Add(ids[i]))
                {
                    RemoveReserved(ids[..i]);
                    throw new InvalidOperationException($"A message with the id {ids[i]} is scheduled already. Nothing was sent.");
                }
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
            var entry = new Entry(id, log, due, record);
            if (_entries.TryAdd(id, entry))
            {
                _order.Enqueue(entry, (due, _nextOrder++));
                _counts[log] = _counts.GetValueOrDefault(log) + 1;
            }
        }

        _alarm.SetNoLaterThan(due);
    }

    /// <summary>Cancels a message.</summary>
    /// <returns>Whether it was scheduled, and the commit to wait for.</returns>
    public bool TryCancel(MessageId id, out Task commit)
    {
        Entry? entry;
        lock (_gate)
        {
            commit = Task.CompletedTask;
            if (!_entries.Remove(id, out entry))
            {
                return false;
            }

            entry.IsGone = true;
            _counts[entry.Log]--;
            ForgetGone();
        }

        if (entry.Log.Writer is { } writer)
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

        if (isFirst)
        {
            EngineLog.ScheduledReadFailed(_logger, exception);
        }

        _alarm.SetNoLaterThan(_clock.Now + TimeSpan.TicksPerSecond);
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
                if (entry.Due <= dueTicks && !entry.IsGone && !found.Any(record => record.MessageId == entry.Id))
                {
                    entry.IsGone = true;
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

    private void OnAlarm(long now)
    {
        var inMemory = new List<Entry>();
        bool stored;
        long next;
        lock (_gate)
        {
            while (_order.TryPeek(out Entry? entry, out _) && (entry.IsGone || entry.Due <= now))
            {
                _order.Dequeue();
                if (entry.IsGone)
                {
                    continue;
                }

                _entries.Remove(entry.Id);
                _counts[entry.Log]--;
                if (entry.Log.Writer is null)
                {
                    inMemory.Add(entry);
                }
                else
                {
                    _entering[entry.Id] = entry;
                    _dueTicks = Math.Max(_dueTicks, entry.Due);
                }
            }

            // Also what could not be read the last time.
            stored = _dueTicks != 0;

            next = _order.TryPeek(out Entry? first, out _) ? first.Due : long.MaxValue;
        }

        foreach (Entry entry in inMemory)
        {
            Entering?.Invoke(entry.Log);
            entry.Log.Append(entry.Record);
        }

        if (stored)
        {
            _writer!.LookForDue(this);
        }

        if (next != long.MaxValue)
        {
            _alarm.SetNoLaterThan(next);
        }
    }

    /// <summary>Drops cancelled entries from the order when they are the most of it.</summary>
    private void ForgetGone()
    {
        if (_order.Count > 64 && _order.Count > 2 * _entries.Count)
        {
            var order = new PriorityQueue<Entry, (long Due, long Order)>(_entries.Count);
            foreach ((Entry entry, (long Due, long Order) place) in _order.UnorderedItems)
            {
                if (!entry.IsGone)
                {
                    order.Enqueue(entry, place);
                }
            }

            _order = order;
        }
    }

    private sealed class Entry(MessageId id, MessageLog log, long due, in Record record)
    {
        public MessageId Id => id;

        public MessageLog Log => log;

        public long Due => due;

        public Record Record { get; } = record;

        public bool IsGone { get; set; }
    }
}
