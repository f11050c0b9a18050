using Messaging.Storage;

namespace Messaging.Images;

/// <summary>All that a store holds, in memory: what commits change, and what opening and reading tell of it.</summary>
/// <remarks>It has no lock, the store that owns it has. What it is given it copies; what it gives may be kept.</remarks>
internal sealed class StoreImage(uint storeId)
{
    private readonly SortedDictionary<int, StoreEntry> _entries = [];
    private readonly Dictionary<int, ImageLog> _logs = [];
    private readonly Dictionary<(int Subscription, int Log), StoreCursor> _cursors = [];
    private readonly ImageSchedule _scheduled = new();
    private readonly ImageIds _messageIds = new();
    private uint _epoch;
    private bool _clean = true;

    // Payloads and states never change once they are here, so that a copy shares them.
    private StoreImage(StoreImage other)
        : this(other.StoreId)
    {
        _entries = new SortedDictionary<int, StoreEntry>(other._entries);
        _logs = other._logs.ToDictionary(log => log.Key, log => new ImageLog(log.Value));
        _cursors = new Dictionary<(int Subscription, int Log), StoreCursor>(other._cursors);
        _scheduled = new ImageSchedule(other._scheduled);
        _messageIds = new ImageIds(other._messageIds);
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
            Scheduled = [.. _scheduled.Records.Select(record => record with { Payload = default })],
            MessageIds = [.. _messageIds.All],
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
        if (_logs.TryGetValue(range.Log, out ImageLog? log))
        {
            log.Read(range, output);
        }
    }

    public void ReadScheduled(long dueTicks, int maxRecords, List<ScheduledRecord> output) =>
        output.AddRange(_scheduled.Records.TakeWhile(record => record.DueTicks <= dueTicks).Take(maxRecords));

    private static ReadOnlyMemory<byte> Copy(ReadOnlyMemory<byte> bytes) => bytes.ToArray();

    // Whatever is wrong with a commit is found before the first change.
    private void Verify(StoreCommit commit)
    {
        var last = new Dictionary<int, long>();
        foreach (StoreAppend append in commit.Appends)
        {
            if (!last.TryGetValue(append.Log, out long before))
            {
                before = _logs.TryGetValue(append.Log, out ImageLog? log) ? log.Last : 0;
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
            if (!_logs.TryGetValue(append.Log, out ImageLog? log))
            {
                _logs.Add(append.Log, log = new ImageLog());
            }

            log.Add(append.Sequence, append.Payload.ToArray());
        }

        foreach (StoreCursor cursor in commit.Cursors)
        {
            _cursors[(cursor.Subscription, cursor.Log)] = cursor with { State = Copy(cursor.State) };
        }

        foreach (ScheduledRecord record in commit.Scheduled)
        {
            _scheduled.Set(record with { Payload = Copy(record.Payload) });
        }

        foreach (StoreMessageId id in commit.MessageIds)
        {
            _messageIds.Set(id);
        }
    }

    private void Drop(StoreCommit commit)
    {
        commit.Unscheduled.ForEach(_scheduled.Remove);
        commit.Forgotten.ForEach(_messageIds.Remove);
        _messageIds.RemoveBelow(commit.ForgetBelow);
        foreach (StoreTrim trim in commit.Trims)
        {
            if (_logs.TryGetValue(trim.Log, out ImageLog? log))
            {
                log.Trim(trim.First, trim.Below);
            }
        }

        foreach (int id in commit.Removed)
        {
            _entries.Remove(id);
            _logs.Remove(id);
            _cursors.Keys.Where(key => key.Subscription == id || key.Log == id).ToList().ForEach(key => _cursors.Remove(key));
            _messageIds.RemoveAllOf(id);
            _scheduled.RemoveAllOf(id);
        }
    }
}
