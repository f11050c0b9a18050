namespace Messaging.Storage;

/// <summary>An append-only log that holds each message once, for all its readers.</summary>
/// <remarks>
/// Without a writer the tail holds everything that is needed. With one, a record is in the store first; the tail then
/// holds the newest records only, and a reader that lags reads older ones from the store.
/// </remarks>
internal sealed class MessageLog
{
    private const int MaxTailRecords = 8192;
    private const long MaxTailBytes = 16 << 20;
    private readonly LogTail _tail;

    // Guarded by _gate: appends, the list of readers, trims.
    private readonly Lock _gate = new();
    private ILogReader[] _readers = [];
    private long _floor;
    private long _tailBytes;

    public MessageLog(int id, string name, Durability durability, StoreWriter? writer, long lastSequence)
    {
        Id = id;
        Name = name;
        Durability = durability;
        Writer = writer;
        _tail = new LogTail(lastSequence + 1);
        _floor = StoredTrim = lastSequence + 1;
        NextSequence = lastSequence + 1;
    }

    public int Id { get; }

    /// <summary>Gets the name that deliveries show.</summary>
    public string Name { get; }

    public Durability Durability { get; set; }

    /// <summary>Gets the writer; <see langword="null"/> for a log that lives in memory.</summary>
    public StoreWriter? Writer { get; }

    /// <summary>Gets the number after the last record that readers may see.</summary>
    public long End => _tail.End;

    /// <summary>Gets the first sequence number that a reader still needs.</summary>
    public long Floor => Volatile.Read(ref _floor);

    public bool HasReaders => Volatile.Read(ref _readers).Length > 0;

    /// <summary>Gets or sets the distance by which the floor must have moved to be worth a trim.</summary>
    public int TrimStep { get; set; } = 64;

    /// <summary>Gets or sets a value indicating whether somebody may be reading what the readers have just left behind.</summary>
    public bool ReadBelowFloor { get; set; }

    /// <summary>Gets or sets what is told when the floor has moved, with the distance.</summary>
    public Action<long>? FloorMoved { get; set; }

    /// <summary>Gets or sets what is told of each record that was sent and not stored, with its size. Called without a lock.</summary>
    public Action<int>? Refused { get; set; }

    /// <summary>Gets or sets the trim that the store was told. Used by the writer only.</summary>
    public long StoredTrim { get; set; }

    /// <summary>Gets or sets the ranges above the trim that the store was told of. Used by the writer only.</summary>
    public IReadOnlyList<(long First, long Last)> ToldSettled { get; set; } = [];

    /// <summary>Gets the readers as they are now.</summary>
    public ReadOnlySpan<ILogReader> Readers => Volatile.Read(ref _readers);

    /// <summary>Gets or sets the number that the writer gives next. Used by the writer only.</summary>
    public long NextSequence { get; set; }

    /// <summary>Adds a record to a log that lives in memory, and tells the readers.</summary>
    public long Append(in Record record)
    {
        long sequence;
        bool kept;
        lock (_gate)
        {
            kept = _readers.Length > 0;
            sequence = AppendLocked(record);
        }

        NotifyOrForget(kept, 1);
        return sequence;
    }

    /// <summary>Adds records to a log that lives in memory, side by side, and tells the readers.</summary>
    public long AppendBatch(ReadOnlySpan<Record> records)
    {
        long first;
        bool kept;
        lock (_gate)
        {
            kept = _readers.Length > 0;
            first = _tail.End;
            foreach (ref readonly Record record in records)
            {
                AppendLocked(record);
            }
        }

        NotifyOrForget(kept, records.Length);
        return first;
    }

    /// <summary>Shows a committed record to the readers; the writer tells them afterwards.</summary>
    public void Publish(in Record record)
    {
        lock (_gate)
        {
            AppendLocked(record);
            if (_readers.Length > 0)
            {
                _tailBytes += record.Size;
                if (_tail.End - _tail.Start > MaxTailRecords || _tailBytes > MaxTailBytes)
                {
                    DropHalfOfTail();
                }

                return;
            }
        }

        // Its last reader has gone since it was sent: nobody will settle it.
        FloorMoved?.Invoke(1);
    }

    public void Notify()
    {
        // The appended end must be visible before a reader is asked whether it is hungry.
        Interlocked.MemoryBarrier();
        foreach (ILogReader reader in Volatile.Read(ref _readers))
        {
            reader.OnAppended();
        }
    }

    public bool TryGet(long sequence, out Record record) => _tail.TryGet(sequence, out record);

    /// <summary>Attaches a reader at the present end. The writer does this for a stored log, between two commits.</summary>
    public void AttachAtEnd(ILogReader reader)
    {
        long start;
        lock (_gate)
        {
            start = _tail.End;
            reader.ShowStart(start);
            _readers = [.. _readers, reader];
        }

        reader.Start(start);
    }

    /// <summary>Attaches a reader that knows its place.</summary>
    public void Attach(ILogReader reader)
    {
        lock (_gate)
        {
            _readers = [.. _readers, reader];
            _floor = Math.Min(_floor, reader.Floor);
        }
    }

    public void Detach(ILogReader reader)
    {
        lock (_gate)
        {
            _readers = [.. _readers.Where(r => r != reader)];
        }

        TrimNow();
    }

    /// <summary>Trims if a reader's floor has moved far enough to be worth it, or has reached the end.</summary>
    /// <remarks>A reader that is ahead of another one trims nothing: the one behind will.</remarks>
    public void OnFloor(ILogReader reader, bool exact)
    {
        long floor = reader.Floor;
        long tried = reader.TriedFloor;
        if (exact || (tried <= Volatile.Read(ref _floor) && (floor - tried >= TrimStep || floor == _tail.End)))
        {
            reader.TriedFloor = floor;
            TrimNow();
        }
    }

    /// <summary>Computes the trim that the store may be told: what every reader's stored state leaves behind.</summary>
    public long ComputeStoredTrim()
    {
        long trim = NextSequence;
        foreach (ILogReader reader in Volatile.Read(ref _readers))
        {
            trim = Math.Min(trim, reader.StoredFloor);
        }

        return trim;
    }

    /// <summary>Tells the readers, or gives back the room of what was not kept; what the readers saw at the append decides.</summary>
    private void NotifyOrForget(bool kept, int count)
    {
        if (kept)
        {
            Notify();
        }
        else
        {
            FloorMoved?.Invoke(count);
        }
    }

    private void TrimNow()
    {
        long moved;
        lock (_gate)
        {
            long floor = _tail.End;
            foreach (ILogReader reader in _readers)
            {
                floor = Math.Min(floor, reader.Floor);
            }

            moved = floor - _floor;
            if (moved <= 0)
            {
                return;
            }

            Volatile.Write(ref _floor, floor);
            if (floor > _tail.Start)
            {
                DropTail(floor, release: Writer is null && !ReadBelowFloor);
            }
        }

        FloorMoved?.Invoke(moved);
    }

    private long AppendLocked(in Record record)
    {
        long sequence = _tail.End;
        if (_readers.Length == 0)
        {
            _tail.DropBelow(sequence, release: true);
            _tail.Skip();
            _floor = _tail.End;
        }
        else
        {
            _tail.Append(record);
        }

        return sequence;
    }

    private void DropHalfOfTail() => DropTail((_tail.Start + _tail.End) / 2, release: false);

    private void DropTail(long below, bool release)
    {
        if (Writer is not null)
        {
            for (long sequence = _tail.Start; sequence < below && _tail.TryGet(sequence, out Record record); sequence++)
            {
                _tailBytes -= record.Size;
            }
        }

        _tail.DropBelow(below, release);
    }
}
