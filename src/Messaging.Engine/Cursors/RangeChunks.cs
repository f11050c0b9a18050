using System.Runtime.CompilerServices;

namespace Messaging.Cursors;

/// <summary>The storage of a <see cref="RangeSet"/>: its ranges in order, in chunks of bounded size, so that a change costs the same however many there are.</summary>
/// <remarks>It is a part of the set, in place.</remarks>
internal struct RangeChunks()
{
    private const int ChunkSize = 512;

    // No chunk is empty.
    private readonly List<List<(long First, long Last)>> _chunks = [];

    // The last chunk that became empty: a set that is often empty allocates nothing.
    private List<(long First, long Last)>? _spare;

    /// <summary>Gets the number of ranges.</summary>
    public int Count { get; private set; }

    public readonly bool IsEmpty => _chunks.Count == 0;

    /// <summary>Gets the ranges in order.</summary>
    public readonly IEnumerable<(long First, long Last)> All => _chunks.SelectMany(static chunk => chunk);

    public readonly (long First, long Last) this[RangePosition at]
    {
        get => _chunks[at.Chunk][at.Index];
        set => _chunks[at.Chunk][at.Index] = value;
    }

    public readonly RangeEnumerator GetEnumerator() => new(_chunks);

    /// <summary>Goes through the ranges from the last one on that begins at or before a number, or from the first.</summary>
    public readonly RangeEnumerator From(long value) =>
        TryFind(value, out RangePosition at) ? new RangeEnumerator(_chunks, at.Chunk, at.Index - 1) : GetEnumerator();

    /// <summary>Finds the last range that begins at or before a number.</summary>
    public readonly bool TryFind(long value, out RangePosition at)
    {
        // The first chunk that begins after the number: the range is in the one before.
        int low = 0;
        int high = _chunks.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _chunks[middle][0].First <= value ? (middle + 1, high) : (low, middle);
        }

        at = low == 0 ? default : new RangePosition(low - 1, IndexAtOrBefore(_chunks[low - 1], value));
        return low > 0;
    }

    /// <summary>Finds the first range.</summary>
    /// <returns>Whether there is one.</returns>
    public readonly bool TryFirst(out RangePosition first)
    {
        first = default;
        return !IsEmpty;
    }

    /// <summary>Moves to the next range.</summary>
    /// <returns>Whether there is one.</returns>
    public readonly bool TryNext(RangePosition at, out RangePosition next)
    {
        next = at.Index + 1 < _chunks[at.Chunk].Count ? new RangePosition(at.Chunk, at.Index + 1) : new RangePosition(at.Chunk + 1, 0);
        return next.Chunk < _chunks.Count;
    }

    /// <summary>Fills the empty chunks with ranges in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(ReadOnlySpan<(long First, long Last)> ranges)
    {
        Count = ranges.Length;
        while (!ranges.IsEmpty)
        {
            int taken = Math.Min(ChunkSize, ranges.Length);
            var chunk = new List<(long First, long Last)>(taken);
            chunk.AddRange(ranges[..taken]);
            _chunks.Add(chunk);
            ranges = ranges[taken..];
        }
    }

    public void Insert(RangePosition at, (long First, long Last) range)
    {
        (int chunk, int index) = at;
        if (Count++ == 0)
        {
            _chunks.Add(_spare ?? []);
            _spare = null;
        }

        List<(long First, long Last)> ranges = _chunks[chunk];
        if (ranges.Count < ChunkSize)
        {
            ranges.Insert(index, range);
            return;
        }

        // At the end, where most come, the full chunk stays full.
        int kept = index == ChunkSize && chunk == _chunks.Count - 1 ? ChunkSize : ChunkSize / 2;
        List<(long First, long Last)> next = ranges.GetRange(kept, ChunkSize - kept);
        ranges.RemoveRange(kept, ChunkSize - kept);
        _chunks.Insert(chunk + 1, next);
        if (index > kept || kept == ChunkSize)
        {
            next.Insert(index - kept, range);
        }
        else
        {
            ranges.Insert(index, range);
        }
    }

    public void Remove(RangePosition at)
    {
        (int chunk, int index) = at;
        Count--;
        _chunks[chunk].RemoveAt(index);
        if (_chunks[chunk].Count == 0)
        {
            _spare = _chunks[chunk];
            _chunks.RemoveAt(chunk);
        }
    }

    // The last range that begins at or before a number, in a chunk that does.
    private static int IndexAtOrBefore(List<(long First, long Last)> ranges, long value)
    {
        int low = 1;
        int high = ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = ranges[middle].First <= value ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }
}
