using System.Runtime.InteropServices;
using Messaging.Storage;

namespace Messaging;

/// <summary>The store that keeps everything in the object: for tests, and the reference for other stores.</summary>
/// <remarks>Disposing ends the broker's ownership; what was committed stays, and opening the same object again finds it.</remarks>
public sealed class InMemoryMessageStore : IMessageStore
{
    private static int _created;

    private readonly Lock _gate = new();
    private readonly uint _storeId = (uint)Interlocked.Increment(ref _created);

    // What is committed, guarded by the gate.
    private readonly SortedDictionary<int, StoreEntry> _entries = [];
    private readonly Dictionary<int, Log> _logs = [];
    private readonly Dictionary<(int Subscription, int Log), StoreCursor> _cursors = [];
    private readonly Dictionary<MessageId, (long Due, long Order)> _scheduled = [];
    private readonly SortedDictionary<(long Due, long Order), ScheduledRecord> _scheduledByDue = [];
    private readonly SortedDictionary<long, StoreMessageId> _messageIds = [];
    private long _scheduledEver;
    private uint _epoch;
    private bool _clean = true;
    private State _state = State.Closed;

    private enum State
    {
        Closed,
        Open,
        Disposed,
    }

    /// <inheritdoc/>
    public StoreFeatures Features { get; } = new() { MaxDurability = Durability.Memory, SurvivesReopen = true };

    /// <inheritdoc/>
    public ValueTask<StoreContents> OpenAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_state == State.Open)
            {
                throw new StoreInUseException("in memory");
            }

            _state = State.Open;
            var contents = new StoreContents
            {
                Epoch = ++_epoch,
                StoreId = _storeId,
                ClosedCleanly = _clean,
                Entries = [.. _entries.Values],
                LastSequences = _logs.Where(log => log.Value.Last > 0).ToDictionary(log => log.Key, log => log.Value.Last),
                MeanRecordBytes = _logs.Where(log => log.Value.Last > 0).ToDictionary(log => log.Key, log => log.Value.MeanBytes),
                Cursors = [.. _cursors.Values],
                Scheduled = [.. _scheduledByDue.Values.Select(record => record with { Payload = default })],
                MessageIds = [.. _messageIds.Values],
            };
            _clean = false;
            return ValueTask.FromResult(contents);
        }
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(StoreCommit commit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(commit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            VerifyOpen();
            Verify(commit);
            Add(commit);

            // What goes is dealt with last: it goes with all that came before.
            Drop(commit);
            _clean = commit.IsEmpty ? _clean : commit.Closing;
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReadAsync(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfLessThan(range.MaxRecords, 1, nameof(range));
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            VerifyOpen();
            if (_logs.TryGetValue(range.Log, out Log? log))
            {
                log.Read(range, output);
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReadScheduledAsync(
        long dueTicks, int maxRecords, List<ScheduledRecord> output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            VerifyOpen();
            output.AddRange(_scheduledByDue.Values.TakeWhile(record => record.DueTicks <= dueTicks).Take(maxRecords));
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask MaintainAsync(bool idle, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            VerifyOpen();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask BackupAsync(string path, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("This store keeps everything in memory and cannot be copied to a file.");

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _state = State.Disposed;
        }

        return ValueTask.CompletedTask;
    }

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

    private void VerifyOpen()
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        if (_state == State.Closed)
        {
            throw new InvalidOperationException("The store is not open: call OpenAsync first.");
        }
    }

    // A log's records in order. Those that are trimmed have no payload any more, and leave the list when they are half of it.
    private sealed class Log
    {
        private readonly List<(long Sequence, byte[]? Payload)> _records = [];
        private int _trimmed;

        // All before it are trimmed.
        private int _start;

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
