using Messaging.Bounds;
using Messaging.Records;

namespace Messaging.Logs;

/// <summary>An append-only log that holds each message once, for all its readers.</summary>
/// <remarks>
/// Without a writer the tail holds everything that is needed. With one, a record is in the store first; the tail then
/// holds the newest records only, and a reader that lags reads older ones from the store.
/// </remarks>
internal sealed class MessageLog
{
    private readonly LogTail _tail;

    // Guarded by _gate: appends, the list of readers, trims.
    private readonly Lock _gate = new();
    private readonly TailLimit _limit;
    private readonly LogFloor _floor;
    private LogReaders _readers = LogReaders.None;

    public MessageLog(int id, string name, Durability durability, bool isStored, long lastSequence, long meanRecordBytes = 0, LogBound? bound = null)
    {
        Id = id;
        Name = name;
        Durability = durability;
        IsStored = isStored;
        Bound = bound;
        Progress = new StoreProgress(lastSequence, meanRecordBytes);
        _tail = new LogTail(lastSequence + 1);
        _limit = new TailLimit(_tail);
        _floor = new LogFloor(lastSequence + 1);
    }

    public int Id { get; }

    /// <summary>Gets the name that deliveries show.</summary>
    public string Name { get; }

    public Durability Durability { get; set; }

    /// <summary>Gets a value indicating whether the store has the log. Otherwise it lives in memory.</summary>
    public bool IsStored { get; }

    /// <summary>Gets the number after the last record that readers may see.</summary>
    public long End => _tail.End;

    /// <summary>Gets the first number from which on all records are in memory.</summary>
    public long TailStart => _tail.Start;

    /// <summary>Gets the first sequence number that a reader still needs.</summary>
    public long Floor => _floor.Value;

    /// <summary>Gets how far the store knows the log.</summary>
    public StoreProgress Progress { get; }

    /// <summary>Gets or sets the distance by which the floor must have moved to be worth a trim.</summary>
    public int TrimStep
    {
        get => _floor.Step;
        set => _floor.Step = value;
    }

    /// <summary>Gets or sets a value indicating whether somebody may be reading what the readers have just left behind.</summary>
    public bool ReadBelowFloor { get; set; }

    /// <summary>Gets the bound of those who send to the log; <see langword="null"/> for none.</summary>
    public LogBound? Bound { get; }

    /// <summary>Gets a value indicating whether a sender waits for what is settled, and nobody looks soon.</summary>
    public bool WantsLook => Bound is { Gate.WantsLook: true };

    /// <summary>Gets the readers as they are now.</summary>
    public LogReaders Readers => Volatile.Read(ref _readers);

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
            kept = _readers.Keep;
            backlogs = _readers.Backlogs;
            sequence = AppendLocked(record, ticket);
        }

        ticket.Leave(backlogs, 1, record.Size);
        NotifyOrForget(kept, 1);
        return sequence;
    }

    /// <summary>Adds records to a log that lives in memory, side by side. <see cref="Appended.Announce"/> follows.</summary>
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

            return new Appended(this, first, records.Length, bytes, _readers.Keep, _readers.Backlogs);
        }
    }

    /// <summary>Shows committed records to the readers. <see cref="Appended.LetGo"/> follows; the writer notifies the readers after that.</summary>
    /// <param name="appends">The records, all of this log.</param>
    public Appended Publish(ReadOnlySpan<PendingAppend> appends)
    {
        lock (_gate)
        {
            long first = _tail.End;
            foreach (ref readonly PendingAppend append in appends)
            {
                AppendLocked(append.Record, append.Ticket);
                if (_readers.Keep)
                {
                    _limit.Count(append.Record);
                    if (_limit.IsPassed)
                    {
                        DropTail((_tail.Start + _tail.End) / 2, release: false);
                    }
                }
            }

            return new Appended(this, first, appends.Length, 0, _readers.Keep, _readers.Backlogs);
        }
    }

    /// <summary>Gives back the room of messages that were not sent after all. Called without a lock.</summary>
    public void GiveBack(RoomTicket ticket, int count, long bytes)
    {
        Bound?.Gate.Leave(count);
        ticket.Leave([], count, bytes);
    }

    public void Notify()
    {
        // The appended end must be visible before a reader is asked whether it is hungry.
        Interlocked.MemoryBarrier();
        foreach (LogReader reader in Readers.All)
        {
            reader.Owner.OnAppended();
        }
    }

    /// <summary>Tells the readers, or gives back the room of what was not kept; what the readers saw at the append decides.</summary>
    public void NotifyOrForget(bool kept, int count)
    {
        if (kept)
        {
            Notify();
        }
        else
        {
            Bound?.TrimmedGate?.Leave(count);
        }
    }

    /// <summary>Copies a record to where it is needed, if it is in memory.</summary>
    public bool TryCopy(long sequence, ref Record record) => _tail.TryCopy(sequence, ref record);

    public bool TryGet(long sequence, out Record record) => _tail.TryGet(sequence, out record);

    /// <summary>Attaches a reader at the present end, or has it begin there again after a suspension. The writer does this for
    /// a stored log, between two commits.</summary>
    /// <returns>The number at which it begins.</returns>
    public long AttachAtEnd(LogReader reader)
    {
        lock (_gate)
        {
            long start = _tail.End;
            reader.ShowStart(start);
            SetReadersLocked(_readers.All.Contains(reader) ? _readers.All : [.. _readers.All, reader]);
            return start;
        }
    }

    /// <summary>Attaches a reader that knows its position.</summary>
    public void Attach(LogReader reader)
    {
        lock (_gate)
        {
            SetReadersLocked([.. _readers.All, reader]);
            _floor.Lower(reader.HeldFrom);
        }
    }

    public void Detach(LogReader reader)
    {
        lock (_gate)
        {
            SetReadersLocked([.. _readers.All.Where(r => r != reader)]);
        }

        TrimNow();
    }

    /// <summary>Looks again at what the readers collect and at their bounds, after one has changed.</summary>
    /// <returns>The first number for which that holds.</returns>
    public long LookAtReaders()
    {
        lock (_gate)
        {
            SetReadersLocked(_readers.All);
            return _tail.End;
        }
    }

    /// <summary>Notes that a reader has settled messages for good: they leave the bound, and are trimmed when the last reader has reached the goal. Called
    /// without a lock.</summary>
    /// <remarks>So all readers are read once for all of them, not by each. The reader has shown from where on it holds the log and left its
    /// own lock since, which is a fence: either it sees a new goal, or who sets the goal sees the reader.</remarks>
    /// <param name="reader">The reader.</param>
    /// <param name="count">The number of messages.</param>
    /// <param name="exact">Whether to trim now, however little it is.</param>
    public void OnSettled(LogReader reader, long count, bool exact)
    {
        if (exact || _floor.IsPassedBy(reader))
        {
            TrimNow();
        }

        Bound?.SettledGate?.Leave(count);
    }

    /// <summary>Trims what no reader holds. Called without a lock, after a reader has shown that it holds less.</summary>
    public void TrimNow()
    {
        long moved;
        lock (_gate)
        {
            moved = _floor.Advance(_readers, _tail.End);
            if (moved > 0 && _floor.Value > _tail.Start)
            {
                DropTail(_floor.Value, release: !IsStored && !ReadBelowFloor);
            }
        }

        if (moved > 0)
        {
            Bound?.TrimmedGate?.Leave(moved);
        }
    }

    private void SetReadersLocked(LogReader[] readers) => Volatile.Write(ref _readers, new LogReaders(readers));

    private long AppendLocked(in Record record, RoomTicket ticket)
    {
        long sequence = _tail.End;
        if (_readers.Backlogs.Length > 0)
        {
            // Before it can be seen: whoever settles it leaves what it has entered.
            ticket.Join(_readers.Backlogs, 1, record.Size);
        }

        if (!_readers.Keep)
        {
            _tail.DropBelow(sequence, release: true);
            _tail.Skip();
            _floor.Follow(_tail.End);
        }
        else
        {
            _tail.Append(record);
        }

        return sequence;
    }

    private void DropTail(long below, bool release)
    {
        if (IsStored)
        {
            _limit.Uncount(below);
        }

        _tail.DropBelow(below, release);
    }
}
