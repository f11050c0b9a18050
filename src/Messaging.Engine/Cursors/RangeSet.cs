using System.Diagnostics;
using System.Runtime.CompilerServices;
using Messaging.Diagnostics;

namespace Messaging.Cursors;

/// <summary>A set of sequence numbers kept as sorted ranges that neither touch nor overlap.</summary>
internal sealed class RangeSet
{
    private RangeChunks _chunks = new();

    /// <summary>Gets the number of numbers.</summary>
    public long Count { get; private set; }

    /// <summary>Gets the number of ranges.</summary>
    public int RangeCount => _chunks.Count;

    /// <summary>Gets the ranges in order.</summary>
    public IEnumerable<(long First, long Last)> Ranges => _chunks.All;

    /// <summary>Goes through the ranges in order, without allocating.</summary>
    public RangeEnumerator GetEnumerator() => _chunks.GetEnumerator();

    public bool Contains(long value) => LastOf(value) >= value;

    /// <summary>Gets the last number of the range that holds a number; less than the number when there is none.</summary>
    public long LastOf(long value) => _chunks.TryFind(value, out RangePosition at) ? _chunks[at].Last : long.MinValue;

    /// <summary>Counts the numbers below a number.</summary>
    public long CountBelow(long value)
    {
        long count = 0;
        foreach ((long first, long last) in _chunks)
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

    /// <summary>Adds a range of which no number is there yet, merging it with its neighbours.</summary>
    public void AddRange(long first, long last)
    {
        Count += last - first + 1;
        bool hasBefore = _chunks.TryFind(first, out RangePosition before);
        bool hasAfter = hasBefore ? _chunks.TryNext(before, out RangePosition after) : _chunks.TryFirst(out after);
        Debug.Assert(!hasBefore || _chunks[before].Last < first, "A number was added twice.");
        bool touchesBefore = hasBefore && _chunks[before].Last == first - 1;
        bool touchesAfter = hasAfter && _chunks[after].First == last + 1;
        switch (touchesBefore, touchesAfter)
        {
            case (true, true):
                _chunks[before] = (_chunks[before].First, SeededBugs.Is(SeededBug.ForgetRangeMerge) ? last : _chunks[after].Last);
                _chunks.Remove(after);
                CrashPoint.ReachedOften(CrashPoint.RangesMerged);
                break;
            case (true, false):
                _chunks[before] = (_chunks[before].First, last);
                break;
            case (false, true):
                _chunks[after] = (first, _chunks[after].Last);
                break;
            default:
                _chunks.Insert(hasBefore ? before with { Index = before.Index + 1 } : default, (first, last));
                break;
        }

        AssertInvariants();
    }

    /// <summary>Fills the empty set with ranges in order that neither touch nor overlap.</summary>
    /// <remarks>Compiled at its best at once: it runs when a process begins, on all that the process will know for a while.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(ReadOnlySpan<(long First, long Last)> ranges)
    {
        Debug.Assert(RangeCount == 0, "Only an empty set is filled.");
        foreach ((long first, long last) in ranges)
        {
            Count += last - first + 1;
        }

        _chunks.Fill(ranges);
        AssertInvariants();
    }

    /// <summary>Gets the parts of a range that are not there, in order.</summary>
    public List<(long First, long Last)> HolesIn(long first, long last)
    {
        var holes = new List<(long First, long Last)>();
        for (RangeEnumerator ranges = _chunks.From(first); first <= last && ranges.MoveNext() && ranges.Current.First <= last;)
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
        if (_chunks.IsEmpty || _chunks[default].First != first)
        {
            return first;
        }

        long next = _chunks[default].Last + 1;
        Count -= next - first;
        _chunks.Remove(default);
        return next;
    }

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        // Of a long list only the beginning is checked, so that tests stay quick.
        const int Checked = 32;
        RangeEnumerator ranges = GetEnumerator();
        (long First, long Last)? before = null;
        for (int i = 0; i < Checked && ranges.MoveNext(); i++)
        {
            Debug.Assert(before is not { } other || other.Last + 1 < ranges.Current.First, "Ranges touch or overlap.");
            before = ranges.Current;
        }

        Debug.Assert(Count >= RangeCount, "The count is less than the number of ranges.");
    }
}
