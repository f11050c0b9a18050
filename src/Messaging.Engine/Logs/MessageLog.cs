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
    private const int MaxTailRecords = 8192;
    private const long MaxTailBytes = 16 << 20;

    private readonly LogTail _tail;

    // Guarded by _gate: appends, the list of readers, trims.
    private readonly Lock _gate = new();
    private readonly TrimGoal _goal;
    private LogReaders _readers = LogReaders.None;
    private long _floor;
    private long _tailBytes;

    public MessageLog(int id, string name, Durability durability, bool isStored, long lastSequence, long meanRecordBytes = 0, LogBound? bound = null)
    {
        Id = id;
        Name = name;
        Durability = durability;
        IsStored = isStored;
        Bound = bound;
        RecoveredLast = lastSequence;
        MeanRecordBytes = meanRecordBytes;
        Progress = new StoreProgress(lastSequence, meanRecordBytes);
        _tail = new LogTail(lastSequence + 1);
        _floor = lastSequence + 1;
        _goal = new TrimGoal(lastSequence + 2);
    }

    public int Id { get; }

    /// <summary>Gets the name that deliveries show.</summary>
    public string Name { get; }

    public Durability Durability { get; set; }

    /// <summary>Gets a value indicating whether the store has the log. Otherwise it lives in memory.</summary>
    public bool IsStored { get; }

    /// <summary>Gets the number of the last record that the store held when it was opened; 0 for none.</summary>
    public long RecoveredLast { get; }

    /// <summary>Gets the number after the last record that readers may see.</summary>
    public long End => _tail.End;

    /// <summary>Gets the first number from which on all records are in memory.</summary>
    public long TailStart => _tail.Start;

    /// <summary>Gets the first sequence number that a reader still needs.</summary>
    public long Floor => Volatile.Read(ref _floor);

    public bool HasReaders => Volatile.Read(ref _readers).All.Length > 0;

    /// <summary>Gets a value indicating whether a reader wants what is new. Otherwise it passes by, and only its number is counted.</summary>
    public bool Keeps => Volatile.Read(ref _readers).Keep;

    /// <summary>Gets the bounds of the readers that have one.</summary>
    public Backlog[] Backlogs => Volatile.Read(ref _readers).Backlogs;

    /// <summary>Gets a value indicating whether a bound counts bytes, so that records must have some.</summary>
    public bool CountsBytes => Volatile.Read(ref _readers).CountBytes;

    /// <summary>Gets the mean size of what the store held when it was opened.</summary>
    public long MeanRecordBytes { get; }

    /// <summary>Gets how far the store knows the log.</summary>
    public StoreProgress Progress { get; }

    /// <summary>Gets or sets the distance by which the floor must have moved to be worth a trim.</summary>
    public int TrimStep { get; set; } = 64;

    /// <summary>Gets or sets a value indicating whether somebody may be reading what the readers have just left behind.</summary>
    public bool ReadBelowFloor { get; set; }

    /// <summary>Gets the bound of those who send to the log; <see langword="null"/> for none.</summary>
    public LogBound? Bound { get; }

    /// <summary>Gets a value indicating whether a sender waits for what is settled, and nobody looks soon.</summary>
    public bool WantsLook => Bound is { Gate.WantsLook: true };

    /// <summary>Gets the readers as they are now.</summary>
    public ReadOnlySpan<LogReader> Readers => Volatile.Read(ref _readers).All;

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

            return new Appended(this, first, records.Length, bytes, _readers.Keep, _readers.Backlogs);
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
                if (_readers.Keep)
                {
                    _tailBytes += append.Record.Size;
                    if (_tail.End - _tail.Start > MaxTailRecords || _tailBytes > MaxTailBytes)
                    {
                        DropHalfOfTail();
                    }
                }
            }

            return new Appended(this, first, appends.Length, 0, _readers.Keep, _readers.Backlogs);
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
        foreach (LogReader reader in Readers)
        {
            reader.Owner.OnAppended();
        }
    }

    /// <summary>Has the readers settle what is acknowledged, for a sender that finds no room.</summary>
    public void LookForRoom()
    {
        foreach (LogReader reader in Readers)
        {
            reader.Owner.SettleAcks();
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
            _floor = Math.Min(_floor, reader.HeldFrom);
            _goal.Lower(reader.HeldFrom + 1);
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

    /// <summary>Determines whether no reader wants a record any more.</summary>
    public bool IsSettledByAll(long sequence)
    {
        foreach (LogReader reader in Readers)
        {
            if (!reader.Owner.IsSettled(reader, sequence))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Notes that a reader holds less of the log, and trims when the last reader has reached the goal.</summary>
    /// <remarks>So all readers are read once for all of them, not by each. The reader has shown from where on it holds the log and left its
    /// own lock since, which is a fence: either it sees a new goal, or who sets the goal sees the reader.</remarks>
    public void OnFloor(LogReader reader, bool exact)
    {
        if (exact || _goal.IsPassedBy(reader))
        {
            TrimNow();
        }
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

    /// <summary>Notes that a reader has settled messages for good, so that they may be trimmed and leave the bound. Called without a lock.</summary>
    public void OnSettled(LogReader reader, long count, bool exact)
    {
        OnFloor(reader, exact);
        Bound?.OnSettled(count);
    }

    private void TrimNow()
    {
        long moved = 0;
        lock (_gate)
        {
            do
            {
                moved += TrimLocked(_readers.HeldFrom(_tail.End));
            }
            while (_goal.Set(_floor, _tail.End, TrimStep, _readers) <= 0 && _readers.HeldFrom(_tail.End) > _floor);
        }

        if (moved > 0)
        {
            Bound?.OnTrimmed(moved);
        }
    }

    private long TrimLocked(long floor)
    {
        long moved = floor - _floor;
        if (moved <= 0)
        {
            return 0;
        }

        Volatile.Write(ref _floor, floor);
        if (floor > _tail.Start)
        {
            DropTail(floor, release: !IsStored && !ReadBelowFloor);
        }

        return moved;
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
        if (IsStored)
        {
            for (long sequence = _tail.Start; sequence < below && _tail.TryGet(sequence, out Record record); sequence++)
            {
                _tailBytes -= record.Size;
            }
        }

        _tail.DropBelow(below, release);
    }
}
