using Messaging.Cursors;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Storage;

namespace Messaging.Redelivery;

/// <summary>The log of one subscription's dead letters, with the place of those that were redriven or purged.</summary>
/// <remarks>Its lock guards all of it. Adding and settling are one commit with the change in the other log.</remarks>
internal sealed class DeadLetterLog : IStateOwner
{
    private readonly LogCursor _cursor;

    // Redriven and not yet in the other log. Rises under _gate.
    private long _departing;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly DeadLetterState _state;
    private long _adding;

    public DeadLetterLog(MessageLog log, CursorState state)
    {
        _state = new DeadLetterState(state);
        _cursor = new LogCursor(this, log, state);
        log.Attach(_cursor);
        // One caller looks at the letters while another purges them.
        log.ReadBelowFloor = true;
    }

    public MessageLog Log => _cursor.Log;

    /// <summary>Gets the reader of the log, with which a redrive or a purge is stored.</summary>
    public StoredReader Reader => _cursor;

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

    /// <summary>Finds the next dead letter that is held now, from a number on.</summary>
    public bool TryFindNext(ref long sequence)
    {
        lock (_gate)
        {
            long end = Log.End;
            sequence = _state.FindHeld(sequence, end);
            return sequence < end;
        }
    }

    /// <summary>Claims a dead letter for one redrive or purge.</summary>
    public bool TryClaim(long sequence)
    {
        lock (_gate)
        {
            return sequence < Log.End && _state.TryClaim(sequence);
        }
    }

    /// <summary>Tells whether a dead letter is there and nobody is redriving or purging it.</summary>
    public bool IsHeld(long sequence)
    {
        lock (_gate)
        {
            return _state.IsHeld(sequence);
        }
    }

    /// <summary>Notes dead letters that cannot be read.</summary>
    /// <returns>How many of them were not noted before.</returns>
    public long NoteDamaged(long first, long last)
    {
        lock (_gate)
        {
            return _cursor.NoteDamaged(first, Math.Min(last, Log.End - 1));
        }
    }

    /// <summary>Passes over dead letters that the store has lost.</summary>
    /// <returns>How many are to be told of: none before the oldest one, where the place was lost.</returns>
    public long PassOver(long first, long last)
    {
        long damaged;
        lock (_gate)
        {
            _state.TakeAll(Log.End);
            damaged = BeginsAtOldest ? 0 : _cursor.NoteDamaged(first, last);
            _state.PassOver(first, last);
            BeginsAtOldest = false;
            _cursor.ShowFloor();
        }

        Log.TrimNow();
        return damaged;
    }

    /// <summary>Settles a claimed dead letter.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="departs">Whether it counts until it is in another log.</param>
    public void Settle(long sequence, bool departs)
    {
        lock (_gate)
        {
            _state.TakeAll(Log.End);
            _state.Settle(sequence);
            _cursor.ShowFloor();
            if (departs)
            {
                Interlocked.Increment(ref _departing);
            }
        }

        Log.TrimNow();
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

    public void OnMoved(StoredReader reader, long sequence) => Settle(sequence, departs: true);

    public void OnMovePublished() => Interlocked.Decrement(ref _departing);

    public bool IsSettled(LogReader reader, long sequence)
    {
        lock (_gate)
        {
            return _state.IsSettled(sequence);
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

    private long CountLocked() => _cursor.Unsettled + Interlocked.Read(ref _departing);
}
