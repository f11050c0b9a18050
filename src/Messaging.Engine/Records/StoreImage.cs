using System.Runtime.InteropServices;
using Messaging.Storage;

namespace Messaging.Records;

/// <summary>All that a store holds, in memory: what commits change, and what opening and reading tell of it.</summary>
/// <remarks>It has no lock, the store that owns it has. What it is given it copies; what it gives may be kept.</remarks>
internal sealed class StoreImage(uint storeId)
{
    private readonly SortedDictionary<int, StoreEntry> _entries = [];
    private readonly Dictionary<int, Log> _logs = [];
    private readonly Dictionary<(int Subscription, int Log), StoreCursor> _cursors = [];
    private readonly Dictionary<MessageId, (long Due, long Order)> _scheduled = [];
    private readonly SortedDictionary<(long Due, long Order), ScheduledRecord> _scheduledByDue = [];
    private readonly SortedDictionary<long, StoreMessageId> _messageIds = [];
    private long _scheduledEver;
    private uint _epoch;
    private bool _clean = true;

    // Payloads and states never change once they are here, so that a copy shares them.
    private StoreImage(StoreImage other)
        : this(other.StoreId)
    {
        _entries = new SortedDictionary<int, StoreEntry>(other._entries);
        _logs = other._logs.ToDictionary(log => log.Key, log => new Log(log.Value));
        _cursors = new Dictionary<(int Subscription, int Log), StoreCursor>(other._cursors);
        _scheduled = new Dictionary<MessageId, (long Due, long Order)>(other._scheduled);
        _scheduledByDue = new SortedDictionary<(long Due, long Order), ScheduledRecord>(other._scheduledByDue);
        _messageIds = new SortedDictionary<long, StoreMessageId>(other._messageIds);
        _scheduledEver = other._scheduledEver;
        _epoch = other._epoch;
        _clean = other._clean;
    }

    public uint StoreId { get; } = storeId;

    public StoreImage Copy() => new(this);

    /// <summary>Begins a new epoch and tells what is there.</summary>
    public StoreContents Open()
    {
        var contents = new StoreContents
        {
            Epoch = ++_epoch,
            StoreId = StoreId,
            ClosedCleanly = _clean,
            Entries = [.. _entries.Values],
            LastSequences = _logs.Where(log => log.Value.Last > 0).ToDictionary(log => log.Key, log => log.Value.Last),
            MeanRecordBytes = _logs.Where(log => log.Value.Last > 0).ToDictionary(log => log.Key, log => log.Value.MeanBytes),
            Cursors = [.. _cursors.Values],
            Scheduled = [.. _scheduledByDue.Values.Select(record => record with { Payload = default })],
            MessageIds = [.. _messageIds.Values],
        };
        _clean = false;
        return contents;
    }

    /// <summary>Makes a commit's changes.</summary>
    /// <exception cref="ArgumentException">A record does not follow those that are there; nothing was changed.</exception>
    public void Apply(StoreCommit commit)
    {
        Verify(commit);
        Add(commit);

        // What goes is dealt with last: it goes with all that came before.
        Drop(commit);
        _clean = commit.IsEmpty ? _clean : commit.Closing;
    }

    public void Read(StoreRange range, List<StoreRecord> output)
    {
        if (_logs.TryGetValue(range.Log, out Log? log))
        {
            log.Read(range, output);
        }
    }

    public void ReadScheduled(long dueTicks, int maxRecords, List<ScheduledRecord> output) =>
        output.AddRange(_scheduledByDue.Values.TakeWhile(record => record.DueTicks <= dueTicks).Take(maxRecords));

    private static ReadOnlyMemory<byte> Copy(ReadOnlyMemory<byte> bytes) => bytes.ToArray();

    private static void RemoveAll<TKey, TValue>(IDictionary<TKey, TValue> items, Func<TKey, TValue, bool> which)
    {
        foreach (TKey key in items.Where(item => which(item.Key, item.Value)).Select(item => item.Key).ToList())
        {
            items.Remove(key);
        }
    }

    // Whatever is wrong with a commit is found before the first change.
    private void Verify(StoreCommit commit)
    {
        var last = new Dictionary<int, long>();
        foreach (StoreAppend append in commit.Appends)
        {
            if (!last.TryGetValue(append.Log, out long before))
            {
                before = _logs.TryGetValue(append.Log, out Log? log) ? log.Last : 0;
            }

            last[append.Log] = append.Sequence > before
                ? append.Sequence
                : throw new ArgumentException($"Record {append.Sequence} of log {append.Log} does not follow record {before}.", nameof(commit));
        }
    }

    private void Add(StoreCommit commit)
    {
        foreach (StoreEntry entry in commit.Declared)
        {
            _entries[entry.Id] = entry;
        }

        foreach (StoreAppend append in commit.Appends)
        {
            if (!_logs.TryGetValue(append.Log, out Log? log))
            {
                _logs.Add(append.Log, log = new Log());
            }

            log.Add(append.Sequence, append.Payload.ToArray());
        }

        foreach (StoreCursor cursor in commit.Cursors)
        {
            _cursors[(cursor.Subscription, cursor.Log)] = cursor with { State = Copy(cursor.State) };
        }

        foreach (ScheduledRecord record in commit.Scheduled)
        {
            Unschedule(record.MessageId);
            _scheduled.Add(record.MessageId, (record.DueTicks, ++_scheduledEver));
            _scheduledByDue.Add((record.DueTicks, _scheduledEver), record with { Payload = Copy(record.Payload) });
        }

        foreach (StoreMessageId id in commit.MessageIds)
        {
            _messageIds[id.Ordinal] = id;
        }
    }

    private void Drop(StoreCommit commit)
    {
        commit.Unscheduled.ForEach(Unschedule);
        commit.Forgotten.ForEach(ordinal => _messageIds.Remove(ordinal));
        while (_messageIds.Count > 0 && _messageIds.Keys.First() is long ordinal && ordinal < commit.ForgetBelow)
        {
            _messageIds.Remove(ordinal);
        }

        foreach (StoreTrim trim in commit.Trims)
        {
            if (_logs.TryGetValue(trim.Log, out Log? log))
            {
                log.Trim(trim.First, trim.Below);
            }
        }

        foreach (int id in commit.Removed)
        {
            _entries.Remove(id);
            _logs.Remove(id);
            RemoveAll(_cursors, (key, _) => key.Subscription == id || key.Log == id);
            RemoveAll(_messageIds, (_, remembered) => remembered.Log == id);
            _scheduledByDue.Values.Where(record => record.Log == id).ToList().ForEach(record => Unschedule(record.MessageId));
        }
    }

    private void Unschedule(MessageId id)
    {
        if (_scheduled.Remove(id, out (long Due, long Order) place))
        {
            _scheduledByDue.Remove(place);
        }
    }

    // A log's records in order. Those that are trimmed have no payload any more, and leave the list when they are half of it.
    private sealed class Log
    {
        private readonly List<(long Sequence, byte[]? Payload)> _records = [];
        private int _trimmed;

        // All before it are trimmed.
        private int _start;

        public Log()
        {
        }

        public Log(Log other)
        {
            _records = [.. other._records];
            (_trimmed, _start) = (other._trimmed, other._start);
        }

        public long Last => _trimmed < _records.Count ? _records[^1].Sequence : 0;

        // Of some of the newest ones, since opening must cost the same whatever there is.
        public long MeanBytes => (long)Math.Ceiling(
            _records.Skip(_records.Count - 64).Where(record => record.Payload is not null).Average(record => (double?)record.Payload!.Length) ?? 0);

        public void Add(long sequence, byte[] payload) => _records.Add((sequence, payload));

        public void Read(StoreRange range, List<StoreRecord> output)
        {
            long bytes = 0;
            int records = 0;
            for (int i = IndexOf(range.First); i < _records.Count && records < range.MaxRecords && (records == 0 || bytes < range.MaxBytes); i++)
            {
                if (_records[i].Payload is { } payload)
                {
                    output.Add(new StoreRecord(_records[i].Sequence, payload));
                    records++;
                    bytes += payload.Length;
                }
            }
        }

        public void Trim(long first, long below)
        {
            foreach (ref (long Sequence, byte[]? Payload) record in CollectionsMarshal.AsSpan(_records)[IndexOf(first)..IndexOf(below)])
            {
                _trimmed += record.Payload is null ? 0 : 1;
                record.Payload = null;
            }

            while (_start < _records.Count && _records[_start].Payload is null)
            {
                _start++;
            }

            if (_trimmed > _records.Count / 2)
            {
                _records.RemoveAll(static record => record.Payload is null);
                _trimmed = 0;
                _start = 0;
            }
        }

        // The place of the first record at or after a sequence number.
        private int IndexOf(long sequence)
        {
            int low = _start;
            int high = _records.Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                (low, high) = _records[middle].Sequence < sequence ? (middle + 1, high) : (low, middle);
            }

            return low;
        }
    }
}
