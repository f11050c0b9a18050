using Messaging.Bounds;
using Messaging.Diagnostics;

namespace Messaging.Storage;

/// <summary>An append-only log that holds each message once, for all its readers.</summary>
/// <remarks>
/// Without a writer the tail holds everything that is needed. With one, a record is in the store first; the tail then
/// holds the newest records only, and a reader that lags reads older ones from the store.
/// </remarks>
internal sealed partial class MessageLog
{
    private const int MaxTailRecords = 8192;
    private const long MaxTailBytes = 16 << 20;
    private const long BytesWorthALook = 8 << 20;
    private const long MessagesWorthALook = 16_384;
    private readonly LogTail _tail;

    // Guarded by _gate: appends, the list of readers, trims.
    private readonly Lock _gate = new();
    private ILogReader[] _readers = [];
    private Backlog[] _backlogs = [];
    private bool _keeps;
    private bool _countsBytes;
    private long _floor;
    private long _tailBytes;

    // Used by the writer only.
    private long _lookedAt;
    private long _writtenBytes;

    public MessageLog(int id, string name, Durability durability, StoreWriter? writer, long lastSequence, LogBound? bound = null)
    {
        Id = id;
        Name = name;
        Durability = durability;
        Writer = writer;
        Bound = bound;
        _tail = new LogTail(lastSequence + 1);
        RecoveredLast = lastSequence;
        _floor = StoredTrim = lastSequence + 1;
        NextSequence = lastSequence + 1;
        _goal = lastSequence + 2;
    }

    public int Id { get; }

    /// <summary>Gets the name that deliveries show.</summary>
    public string Name { get; }

    public Durability Durability { get; set; }

    /// <summary>Gets the writer; <see langword="null"/> for a log that lives in memory.</summary>
    public StoreWriter? Writer { get; }

    /// <summary>Gets the number of the last record that the store held when it was opened; 0 for none.</summary>
    public long RecoveredLast { get; }

    /// <summary>Gets the number after the last record that readers may see.</summary>
    public long End => _tail.End;

    /// <summary>Gets the first number from which on all records are in memory.</summary>
    public long TailStart => _tail.Start;

    /// <summary>Gets the first sequence number that a reader still needs.</summary>
    public long Floor => Volatile.Read(ref _floor);

    public bool HasReaders => Volatile.Read(ref _readers).Length > 0;

    /// <summary>Gets a value indicating whether a reader wants what is new. Otherwise it passes by, and only its number is counted.</summary>
    public bool Keeps => Volatile.Read(ref _keeps);

    /// <summary>Gets the bounds of the readers that have one.</summary>
    public Backlog[] Backlogs => Volatile.Read(ref _backlogs);

    /// <summary>Gets a value indicating whether a bound counts bytes, so that records must have some.</summary>
    public bool CountsBytes => Volatile.Read(ref _countsBytes);

    /// <summary>Gets or sets the mean size of what the store held when it was opened.</summary>
    public long MeanRecordBytes { get; init; }

    /// <summary>Gets or sets the distance by which the floor must have moved to be worth a trim.</summary>
    public int TrimStep { get; set; } = 64;

    /// <summary>Gets or sets a value indicating whether somebody may be reading what the readers have just left behind.</summary>
    public bool ReadBelowFloor { get; set; }

    /// <summary>Gets the bound of those who send to the log; <see langword="null"/> for none.</summary>
    public LogBound? Bound { get; }

    /// <summary>Gets a value indicating whether a sender waits for what is settled, and nobody looks soon.</summary>
    public bool WantsLook => Bound is { Gate.WantsLook: true };

    /// <summary>Gets or sets the trim that the store was told. Used by the writer only.</summary>
    public long StoredTrim { get; set; }

    /// <summary>Gets or sets the ranges above the trim that the store was told of. Used by the writer only.</summary>
    public IReadOnlyList<(long First, long Last)> ToldSettled { get; set; } = [];

    /// <summary>Gets the number of messages that is worth a look at what every reader has settled, when they were settled above the
    /// floor or came without a trim: some 8 MiB. Used by the writer only.</summary>
    public long WorthALook =>
        Math.Clamp(BytesWorthALook / Math.Max(1, Math.Max(MeanRecordBytes, _writtenBytes / Math.Max(1, NextSequence - 1 - RecoveredLast))), 1, MessagesWorthALook);

    /// <summary>Gets a value indicating whether the log has grown by so much since the last look. Used by the writer only.</summary>
    public bool HasGrownMuch => NextSequence - Math.Max(_lookedAt, StoredTrim) >= WorthALook;

    /// <summary>Gets the readers as they are now.</summary>
    public ReadOnlySpan<ILogReader> Readers => Volatile.Read(ref _readers);

    /// <summary>Gets or sets the number that the writer gives next. Used by the writer only.</summary>
    public long NextSequence { get; set; }

    /// <summary>Gives a record its number. Used by the writer only.</summary>
    public long Number(in Record record)
    {
        _writtenBytes += record.Size;
        return NextSequence++;
    }

    /// <summary>Notes that the writer looks at what every reader has settled.</summary>
    public void NoteLook() => _lookedAt = NextSequence;

    /// <summary>Adds a record to a log that lives in memory, and tells the readers.</summary>
    /// <param name="record">The record.</param>
    /// <param name="ticket">The room that the sender has taken.</param>
    public long Append(in Record record, RoomTicket ticket = default)
    {
        long sequence;
        bool kept;
        Backlog[] backlogs;
        lock (_gate)
        {
            kept = _keeps;
            backlogs = _backlogs;
            sequence = AppendLocked(record, ticket);
        }

        ticket.Leave(backlogs, 1, record.Size);
        NotifyOrForget(kept, 1);
        return sequence;
    }

    /// <summary>Adds records to a log that lives in memory, side by side, and tells the readers.</summary>
    public long AppendBatch(ReadOnlySpan<Record> records, RoomTicket ticket)
    {
        Appended appended = Add(records, ticket);
        Announce(appended, ticket);
        return appended.First;
    }

    /// <summary>Adds records to a log that lives in memory, side by side. <see cref="Announce"/> follows.</summary>
    public Appended Add(ReadOnlySpan<Record> records, RoomTicket ticket)
    {
        long bytes = 0;
        lock (_gate)
        {
            long first = _tail.End;
            foreach (ref readonly Record record in records)
            {
                AppendLocked(record, ticket);
                bytes += record.Size;
            }

            return new Appended(this, first, records.Length, bytes, _keeps, _backlogs);
        }
    }

    /// <summary>Notifies the readers of records that were added, and gives back the room that they do not need.</summary>
    public void Announce(in Appended appended, RoomTicket ticket)
    {
        ticket.Leave(appended.Backlogs, appended.Count, appended.Bytes);
        NotifyOrForget(appended.IsKept, appended.Count);
    }

    /// <summary>Shows committed records to the readers. <see cref="LetGo"/> follows; the writer notifies the readers after that.</summary>
    /// <param name="appends">The records, all of this log.</param>
    public Appended Publish(ReadOnlySpan<PendingAppend> appends)
    {
        lock (_gate)
        {
            long first = _tail.End;
            foreach (ref readonly PendingAppend append in appends)
            {
                AppendLocked(append.Record, append.Ticket);
                if (_keeps)
                {
                    _tailBytes += append.Record.Size;
                    if (_tail.End - _tail.Start > MaxTailRecords || _tailBytes > MaxTailBytes)
                    {
                        DropHalfOfTail();
                    }
                }
            }

            return new Appended(this, first, appends.Length, 0, _keeps, _backlogs);
        }
    }

    /// <summary>Gives back the room that published records do not need.</summary>
    public void LetGo(in Appended published, ReadOnlySpan<PendingAppend> appends)
    {
        foreach (ref readonly PendingAppend append in appends)
        {
            append.Ticket.Leave(published.Backlogs, 1, append.Record.Size);
        }

        if (!published.IsKept)
        {
            // The last reader has gone since they were sent: nobody will settle them.
            Bound?.OnTrimmed(appends.Length);
        }
    }

    /// <summary>Gives back the room of messages that were not sent after all. Called without a lock.</summary>
    public void GiveBack(RoomTicket ticket, int count, long bytes)
    {
        Bound?.OnRefused(count);
        ticket.Leave([], count, bytes);
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

    /// <summary>Has the readers settle what is acknowledged, for a sender that finds no room.</summary>
    public void LookForRoom()
    {
        foreach (ILogReader reader in Volatile.Read(ref _readers))
        {
            reader.Look();
        }
    }

    /// <summary>Copies a record to where it is needed, if it is in memory.</summary>
    public bool TryCopy(long sequence, ref Record record) => _tail.TryCopy(sequence, ref record);

    public bool TryGet(long sequence, out Record record) => _tail.TryGet(sequence, out record);

    /// <summary>Attaches a reader at the present end, or has it begin there again after a suspension. The writer does this for
    /// a stored log, between two commits.</summary>
    public void AttachAtEnd(ILogReader reader)
    {
        long start;
        lock (_gate)
        {
            start = _tail.End;
            reader.ShowStart(start);
            SetReadersLocked(_readers.Contains(reader) ? _readers : [.. _readers, reader]);
        }

        reader.Start(start);
    }

    /// <summary>Attaches a reader that knows its place.</summary>
    public void Attach(ILogReader reader)
    {
        lock (_gate)
        {
            SetReadersLocked([.. _readers, reader]);
            _floor = Math.Min(_floor, reader.Floor);
            _goal = Math.Min(_goal, reader.Floor + 1);
            _behind = 0;
        }
    }

    public void Detach(ILogReader reader)
    {
        lock (_gate)
        {
            SetReadersLocked([.. _readers.Where(r => r != reader)]);
        }

        TrimNow();
    }

    /// <summary>Looks again at what the readers collect and at their bounds, after one has changed.</summary>
    /// <returns>The first number for which that holds.</returns>
    public long LookAtReaders()
    {
        lock (_gate)
        {
            SetReadersLocked(_readers);
            return _tail.End;
        }
    }

    /// <summary>Determines whether no reader wants a record any more.</summary>
    public bool IsSettledByAll(long sequence)
    {
        foreach (ILogReader reader in Readers)
        {
            if (!reader.IsSettled(sequence))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Computes the trim that the store may be told: what every reader's stored state leaves behind.</summary>
    public long ComputeStoredTrim()
    {
        long trim = NextSequence;
        foreach (ILogReader reader in Volatile.Read(ref _readers))
        {
            trim = Math.Min(trim, reader.StoredFloor);
        }

        return trim < NextSequence && SeededBugs.Is(SeededBug.TrimTooFar) ? trim + 1 : trim;
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
            Bound?.OnTrimmed(count);
        }
    }

    private void SetReadersLocked(ILogReader[] readers)
    {
        _readers = readers;
        _keeps = Array.Exists(readers, static reader => reader.Collects);
        _backlogs = [.. readers.Select(static reader => reader.Backlog).OfType<Backlog>()];
        _countsBytes = Array.Exists(_backlogs, static backlog => backlog.Limit.MaxBytes is not null);
    }

    private long AppendLocked(in Record record, RoomTicket ticket)
    {
        long sequence = _tail.End;
        if (_backlogs.Length > 0)
        {
            // Before it can be seen: whoever settles it leaves what it has entered.
            ticket.Join(_backlogs, 1, record.Size);
        }

        if (!_keeps)
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
