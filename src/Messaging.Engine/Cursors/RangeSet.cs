using System.Diagnostics;
using System.Runtime.CompilerServices;
using Messaging.Diagnostics;

namespace Messaging.Cursors;

/// <summary>A set of sequence numbers kept as sorted ranges that neither touch nor overlap.</summary>
/// <remarks>The ranges lie in chunks of bounded size, so that a change costs the same however many there are.</remarks>
internal sealed class RangeSet
{
    private const int ChunkSize = 512;

    // No chunk is empty.
    private readonly List<List<(long First, long Last)>> _chunks = [];

    // The last chunk that became empty: a set that is often empty allocates nothing.
    private List<(long First, long Last)>? _spare;

    /// <summary>Gets the number of numbers.</summary>
    public long Count { get; private set; }

    /// <summary>Gets the number of ranges.</summary>
    public int RangeCount { get; private set; }

    /// <summary>Gets the ranges in order.</summary>
    public IEnumerable<(long First, long Last)> Ranges => _chunks.SelectMany(static chunk => chunk);

    /// <summary>Goes through the ranges in order, without allocating.</summary>
    public Enumerator GetEnumerator() => new(_chunks);

    public bool Contains(long value) => LastOf(value) >= value;

    /// <summary>Gets the last number of the range that holds a number; less than the number when there is none.</summary>
    public long LastOf(long value)
    {
        int chunk = ChunkAtOrBefore(value);
        return chunk < 0 ? long.MinValue : _chunks[chunk][IndexAtOrBefore(_chunks[chunk], value)].Last;
    }

    /// <summary>Counts the numbers below a number.</summary>
    public long CountBelow(long value)
    {
        long count = 0;
        foreach ((long first, long last) in this)
        {
            if (first >= value)
            {
                break;
            }

            count += Math.Min(last + 1, value) - first;
        }

        return count;
    }

    /// <summary>Adds a number that is not there yet, merging it with its neighbours.</summary>
    public void Add(long value) => AddRange(value, value);

    /// <summary>Adds a range of which no number is there yet.</summary>
    public void AddRange(long first, long last)
    {
        Count += last - first + 1;
        int before = ChunkAtOrBefore(first);
        if (before < 0)
        {
            AddAtTheFront(first, last);
        }
        else
        {
            AddBehind(before, IndexAtOrBefore(_chunks[before], first), first, last);
        }

        AssertInvariants();
    }

    /// <summary>Fills the empty set with ranges in order that neither touch nor overlap.</summary>
    /// <remarks>Compiled at its best at once: it runs when a process begins, on all that the process will know for a while.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(ReadOnlySpan<(long First, long Last)> ranges)
    {
        Debug.Assert(RangeCount == 0, "Only an empty set is filled.");
        RangeCount = ranges.Length;
        foreach ((long first, long last) in ranges)
        {
            Count += last - first + 1;
        }

        while (!ranges.IsEmpty)
        {
            int taken = Math.Min(ChunkSize, ranges.Length);
            var chunk = new List<(long First, long Last)>(taken);
            chunk.AddRange(ranges[..taken]);
            _chunks.Add(chunk);
            ranges = ranges[taken..];
        }

        AssertInvariants();
    }

    /// <summary>Gets the parts of a range that are not there, in order.</summary>
    public List<(long First, long Last)> HolesIn(long first, long last)
    {
        var holes = new List<(long First, long Last)>();
        for (Enumerator ranges = From(first); first <= last && ranges.MoveNext() && ranges.Current.First <= last;)
        {
            if (ranges.Current.First > first)
            {
                holes.Add((first, ranges.Current.First - 1));
            }

            first = Math.Max(first, ranges.Current.Last + 1);
        }

        if (first <= last)
        {
            holes.Add((first, last));
        }

        return holes;
    }

    /// <summary>Removes the first range if it begins at a number.</summary>
    /// <returns>The number after the range, or the given number.</returns>
    public long TakeFrom(long first)
    {
        if (_chunks.Count == 0 || _chunks[0][0].First != first)
        {
            return first;
        }

        long next = _chunks[0][0].Last + 1;
        Count -= next - first;
        Remove(0, 0);
        return next;
    }

    private void AddAtTheFront(long first, long last)
    {
        if (_chunks.Count == 0)
        {
            List<(long First, long Last)> chunk = _spare ?? [];
            _spare = null;
            chunk.Add((first, last));
            _chunks.Add(chunk);
            RangeCount++;
        }
        else if (_chunks[0][0].First == last + 1)
        {
            _chunks[0][0] = (first, _chunks[0][0].Last);
        }
        else
        {
            Insert(0, 0, (first, last));
        }
    }

    private void AddBehind(int chunk, int index, long first, long last)
    {
        (long First, long Last) before = _chunks[chunk][index];
        Debug.Assert(before.Last < first, "A number was added twice.");
        (int nextChunk, int nextIndex) = index + 1 < _chunks[chunk].Count ? (chunk, index + 1) : (chunk + 1, 0);
        bool touchesBefore = before.Last == first - 1;
        bool touchesAfter = nextChunk < _chunks.Count && _chunks[nextChunk][nextIndex].First == last + 1;
        switch (touchesBefore, touchesAfter)
        {
            case (true, true):
                _chunks[chunk][index] = (before.First, SeededBugs.Is(SeededBug.ForgetRangeMerge) ? last : _chunks[nextChunk][nextIndex].Last);
                Remove(nextChunk, nextIndex);
                CrashPoint.ReachedOften(CrashPoint.RangesMerged);
                break;
            case (true, false):
                _chunks[chunk][index] = (before.First, last);
                break;
            case (false, true):
                _chunks[nextChunk][nextIndex] = (first, _chunks[nextChunk][nextIndex].Last);
                break;
            default:
                Insert(chunk, index + 1, (first, last));
                break;
        }
    }

    private void Insert(int chunk, int index, (long First, long Last) range)
    {
        RangeCount++;
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

    private void Remove(int chunk, int index)
    {
        RangeCount--;
        _chunks[chunk].RemoveAt(index);
        if (_chunks[chunk].Count == 0)
        {
            _spare = _chunks[chunk];
            _chunks.RemoveAt(chunk);
        }
    }

    // Begins with the last range that begins at or before a number, or with the first of all.
    private Enumerator From(long value)
    {
        int chunk = ChunkAtOrBefore(value);
        return chunk < 0 ? GetEnumerator() : new Enumerator(_chunks, chunk, IndexAtOrBefore(_chunks[chunk], value) - 1);
    }

    // The last chunk that begins at or before a number; -1 when there is none.
    private int ChunkAtOrBefore(long value)
    {
        int low = 0;
        int high = _chunks.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _chunks[middle][0].First <= value ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
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

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        // The whole list is checked while it is short; of a long one only the beginning, so that tests stay quick.
        int checks = _chunks.Count == 0 ? 0 : Math.Min(_chunks[0].Count, 32);
        for (int i = 1; i < checks; i++)
        {
            Debug.Assert(_chunks[0][i - 1].Last + 1 < _chunks[0][i].First, "Ranges touch or overlap.");
        }

        Debug.Assert(Count >= RangeCount, "The count is less than the number of ranges.");
    }

    /// <summary>A place among the ranges.</summary>
    internal struct Enumerator(List<List<(long First, long Last)>> chunks, int chunk = 0, int index = -1)
    {
        private int _chunk = chunk;
        private int _index = index;

        public readonly (long First, long Last) Current => chunks[_chunk][_index];

        public bool MoveNext()
        {
            if (_chunk < chunks.Count && ++_index == chunks[_chunk].Count)
            {
                _chunk++;
                _index = 0;
            }

            return _chunk < chunks.Count;
        }
    }
}
