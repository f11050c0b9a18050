using Messaging.Records;

namespace Messaging.Logs;

/// <summary>The end of a log in memory: records by sequence number, appended at one end and dropped at the other.</summary>
/// <remarks>One thread at a time appends and drops, guarded by the owner; any thread reads without a lock. A chunk that is
/// used again changes its number before its records, so a reader that comes too late, or while that happens, finds that the
/// number is not the one it looked for.</remarks>
internal sealed class LogTail
{
    private const int ChunkBits = TailChunk.Bits;
    private const int ChunkMask = TailChunk.Size - 1;

    // Enough spare chunks for 4,096 records, the most that one late wake-up frees.
    private const int MaxSpares = 16;

    private TailChunk?[] _ring = new TailChunk?[4];
    private readonly Stack<TailChunk> _spares = new();
    private long _start;
    private long _end;

    public LogTail(long next) => _start = _end = next;

    /// <summary>Gets the first sequence number held.</summary>
    public long Start => Volatile.Read(ref _start);

    /// <summary>Gets the sequence number that the next record will have.</summary>
    public long End => Volatile.Read(ref _end);

    public void Append(in Record record)
    {
        long sequence = _end;
        TailChunk chunk = ChunkFor(sequence);
        chunk.Records[sequence & ChunkMask] = record;
        Volatile.Write(ref _end, sequence + 1);
    }

    /// <summary>Counts a record without holding it; only for an empty tail.</summary>
    public void Skip()
    {
        // The start first: a reader must never see a number between start and end that has no record.
        Volatile.Write(ref _start, _end + 1);
        Volatile.Write(ref _end, _end + 1);
    }

    /// <summary>Drops the records below a number.</summary>
    /// <param name="below">The number.</param>
    /// <param name="release">Whether to release the bodies of a chunk that is still in use; only where nobody reads below it.</param>
    public void DropBelow(long below, bool release)
    {
        below = Math.Min(below, _end);
        long start = _start;
        if (below <= start)
        {
            return;
        }

        Volatile.Write(ref _start, below);
        for (long chunk = start >> ChunkBits; chunk < below >> ChunkBits; chunk++)
        {
            ref TailChunk? slot = ref _ring[chunk & (_ring.Length - 1)];
            if (slot is { } dropped)
            {
                slot = null;
                Keep(dropped);
            }
        }

        if (release && _ring[(below >> ChunkBits) & (_ring.Length - 1)] is { } rest)
        {
            int from = start >> ChunkBits == below >> ChunkBits ? (int)(start & ChunkMask) : 0;
            Array.Clear(rest.Records, from, (int)(below & ChunkMask) - from);
        }
    }

    public bool TryGet(long sequence, out Record record)
    {
        record = default;
        return TryCopy(sequence, ref record);
    }

    /// <summary>Copies a record to where it is needed. If it is not held, what is there afterwards means nothing.</summary>
    public bool TryCopy(long sequence, ref Record record)
    {
        if (sequence < Volatile.Read(ref _end))
        {
            TailChunk?[] ring = Volatile.Read(ref _ring);
            long number = sequence >> ChunkBits;
            if (ring[number & (ring.Length - 1)] is { } chunk
                && chunk.Number == number
                && sequence >= Volatile.Read(ref _start))
            {
                record = chunk.Records[sequence & ChunkMask];
                Volatile.ReadBarrier();
                if (chunk.Number == number)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private TailChunk ChunkFor(long sequence)
    {
        long number = sequence >> ChunkBits;
        if (number - (_start >> ChunkBits) >= _ring.Length)
        {
            Grow();
        }

        ref TailChunk? slot = ref _ring[number & (_ring.Length - 1)];
        if (slot is not { } chunk || chunk.Number != number)
        {
            slot = chunk = _spares.TryPop(out TailChunk? spare) ? spare : new TailChunk();
            chunk.Number = number;
        }

        return chunk;
    }

    /// <summary>Keeps a chunk for the next records, and lets go of what it held.</summary>
    private void Keep(TailChunk dropped)
    {
        if (_spares.Count < MaxSpares)
        {
            dropped.Number = TailChunk.None;
            Volatile.WriteBarrier();
            Array.Clear(dropped.Records);
            _spares.Push(dropped);
        }
    }

    private void Grow()
    {
        var ring = new TailChunk?[_ring.Length * 2];
        foreach (TailChunk? chunk in _ring)
        {
            if (chunk is not null)
            {
                ring[chunk.Number & (ring.Length - 1)] = chunk;
            }
        }

        Volatile.Write(ref _ring, ring);
    }
}
