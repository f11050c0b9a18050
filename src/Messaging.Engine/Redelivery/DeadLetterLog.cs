using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Storage;
using Messaging.Writing;

namespace Messaging.Redelivery;

/// <summary>The log of one subscription's dead letters, with the place of those that were redriven or purged.</summary>
/// <remarks>Adding and settling are one commit with the change in the other log.</remarks>
internal sealed class DeadLetterLog : IStateOwner
{
    private readonly LogCursor _cursor;
    private readonly StoreWriter? _writer;
    private readonly CountVersion _counts;

    // Redriven and not yet in the other log. Rises under _gate.
    private long _departing;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly HashSet<long> _claimed = [];
    private long _adding;

    public DeadLetterLog(MessageLog log, CursorState state, StoreWriter? writer, CountVersion counts)
    {
        _writer = log.IsStored ? writer : null;
        _counts = counts;
        _cursor = new LogCursor(this, log, state);
        log.Attach(_cursor);
        // One caller looks at the letters while another purges them.
        log.ReadBelowFloor = true;
    }

    public MessageLog Log => _cursor.Log;

    /// <summary>Gets or sets a value indicating whether the place was lost: it begins at the oldest dead letter that is there.</summary>
    public bool BeginsAtOldest
    {
        get => _cursor.Ahead.BeginsAtOldest;
        set => _cursor.Ahead.BeginsAtOldest = value;
    }

    /// <summary>Gets the number of dead letters. One that is redriven counts until it is in the other log.</summary>
    public long Count
    {
        get
        {
            lock (_gate)
            {
                return CountLocked();
            }
        }
    }

    /// <summary>Tells whether the capacity is not reached yet.</summary>
    public bool HasRoom(long capacity)
    {
        lock (_gate)
        {
            return CountLocked() + _adding < capacity;
        }
    }

    /// <summary>Reserves a place.</summary>
    /// <returns>Whether the capacity is not reached yet.</returns>
    public bool TryReserve(long capacity)
    {
        lock (_gate)
        {
            if (CountLocked() + _adding >= capacity)
            {
                return false;
            }

            _adding++;
            return true;
        }
    }

    /// <summary>Gives a reserved place up, or tells that it was filled.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _adding--;
        }
    }

    /// <summary>Gets the numbers held now, from a number on.</summary>
    public bool TryFindNext(ref long sequence)
    {
        lock (_gate)
        {
            sequence = Math.Max(sequence, _cursor.State.Floor);
            while (sequence < _cursor.Log.End && (_cursor.State.IsSettled(sequence) || _claimed.Contains(sequence)))
            {
                sequence++;
            }

            return sequence < _cursor.Log.End;
        }
    }

    /// <summary>Claims a dead letter for one redrive or purge.</summary>
    public bool TryClaim(long sequence)
    {
        lock (_gate)
        {
            return sequence < _cursor.Log.End && !_cursor.State.IsSettled(sequence) && _claimed.Add(sequence);
        }
    }

    /// <summary>Settles a claimed dead letter by moving its record to another log, in one commit.</summary>
    public async ValueTask MoveAsync(long sequence, MessageLog to, Record record)
    {
        if (to.IsStored && _writer is { } writer)
        {
            await writer.Move(to, record, _cursor, sequence).ConfigureAwait(WorkContext.IsCurrent);
        }
        else
        {
            _counts.Move(to, record, _cursor, sequence);
        }
    }

    /// <summary>Settles a claimed dead letter by deleting it.</summary>
    public async ValueTask DeleteAsync(long sequence)
    {
        Settle(_cursor, sequence, departs: false);
        CrashPoint.Reached(CrashPoint.DeadLetterPurged);
        if (_writer is { } writer)
        {
            await writer.MarkDirty(_cursor, _cursor.Log.Durability, waits: true).ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    /// <summary>Tells whether a dead letter is there and nobody is redriving or purging it.</summary>
    public bool IsHeld(long sequence)
    {
        lock (_gate)
        {
            return !_cursor.State.IsSettled(sequence) && !_claimed.Contains(sequence);
        }
    }

    /// <summary>Notes dead letters that cannot be read.</summary>
    /// <returns>How many of them were not noted before.</returns>
    public long NoteDamaged(long first, long last)
    {
        lock (_gate)
        {
            return _cursor.NoteDamaged(first, Math.Min(last, _cursor.Log.End - 1));
        }
    }

    /// <summary>Passes over dead letters that the store has lost.</summary>
    /// <returns>How many are to be told of: none before the oldest one, where the place was lost.</returns>
    public async ValueTask<long> PassOverAsync(long first, long last)
    {
        long damaged;
        lock (_gate)
        {
            SeekLocked(_cursor);
            damaged = _cursor.Ahead.BeginsAtOldest ? 0 : _cursor.NoteDamaged(first, last);
            foreach ((long from, long to) in _cursor.State.UnsettledIn(first, last))
            {
                for (long sequence = from; sequence <= to; sequence++)
                {
                    if (!_claimed.Contains(sequence))
                    {
                        _cursor.State.Settle(sequence);
                    }
                }
            }

            _cursor.Ahead.BeginsAtOldest = false;
            _cursor.ShowFloor();
        }

        _cursor.Log.OnFloor(_cursor, exact: true);
        await _writer!.MarkDirty(_cursor, _cursor.Log.Durability, waits: true).ConfigureAwait(WorkContext.IsCurrent);
        return damaged;
    }

    public void OnStarted(StoredReader reader, long sequence)
    {
        // It knows its place from the beginning.
    }

    public void SettleAcks()
    {
        // What leaves is settled at once.
    }

    public void OnAppended()
    {
        // Nobody is waiting for dead letters.
    }

    public void OnMoved(StoredReader reader, long sequence) => Settle((LogCursor)reader, sequence, departs: true);

    public void OnMovePublished() => Interlocked.Decrement(ref _departing);

    public bool IsSettled(LogReader reader, long sequence)
    {
        lock (_gate)
        {
            return _cursor.State.IsSettled(sequence);
        }
    }

    public void CopySettled(StoredReader reader, List<(long First, long Last)> output)
    {
        lock (_gate)
        {
            _cursor.CopySettledTo(output);
        }
    }

    public StoreCursor Encode(StoredReader reader)
    {
        lock (_gate)
        {
            return _cursor.EncodeFor(Log.Id, [], activity: 0);
        }
    }

    private void Settle(LogCursor cursor, long sequence, bool departs)
    {
        lock (_gate)
        {
            SeekLocked(cursor);
            _claimed.Remove(sequence);
            cursor.State.Settle(sequence);
            cursor.ShowFloor();
            if (departs)
            {
                Interlocked.Increment(ref _departing);
            }
        }

        cursor.Log.OnFloor(cursor, exact: true);
    }

    /// <summary>Takes everything: nobody but a redrive or a purge settles a dead letter.</summary>
    private static void SeekLocked(LogCursor cursor)
    {
        while (cursor.State.SeekNext(cursor.Log.End))
        {
            cursor.State.Take();
        }
    }

    private long CountLocked() =>
        _cursor.Log.End - _cursor.State.Floor - _cursor.State.AckedAbove + Interlocked.Read(ref _departing);
}
