using System.Diagnostics;

namespace Messaging.Cursors;

/// <summary>A set of sequence numbers kept as sorted ranges that neither touch nor overlap.</summary>
internal sealed class RangeSet
{
    private readonly List<(long First, long Last)> _ranges = [];

    /// <summary>Gets the number of numbers.</summary>
    public long Count { get; private set; }

    public IReadOnlyList<(long First, long Last)> Ranges => _ranges;

    public bool Contains(long value) => TryFind(value, out _);

    /// <summary>Finds the last number of the range that holds a number.</summary>
    public bool TryFind(long value, out long last)
    {
        int at = IndexAtOrBefore(value);
        last = at >= 0 ? _ranges[at].Last : 0;
        return at >= 0 && value <= last;
    }

    /// <summary>Counts the numbers below a number.</summary>
    public long CountBelow(long value)
    {
        long count = 0;
        for (int i = 0; i < _ranges.Count && _ranges[i].First < value; i++)
        {
            count += Math.Min(_ranges[i].Last + 1, value) - _ranges[i].First;
        }

        return count;
    }

    /// <summary>Adds a number that is not there yet, merging it with its neighbours.</summary>
    public void Add(long value) => AddRange(value, value);

    /// <summary>Adds a range of which no number is there yet.</summary>
    public void AddRange(long first, long last)
    {
        int before = IndexAtOrBefore(first);
        Debug.Assert(before < 0 || _ranges[before].Last < first, "A number was added twice.");
        bool touchesBefore = before >= 0 && _ranges[before].Last == first - 1;
        bool touchesAfter = before + 1 < _ranges.Count && _ranges[before + 1].First == last + 1;
        Count += last - first + 1;
        switch (touchesBefore, touchesAfter)
        {
            case (true, true):
                _ranges[before] = (_ranges[before].First, _ranges[before + 1].Last);
                _ranges.RemoveAt(before + 1);
                break;
            case (true, false):
                _ranges[before] = (_ranges[before].First, last);
                break;
            case (false, true):
                _ranges[before + 1] = (first, _ranges[before + 1].Last);
                break;
            default:
                _ranges.Insert(before + 1, (first, last));
                break;
        }

        AssertInvariants();
    }

    /// <summary>Gets the parts of a range that are not there, in order.</summary>
    public List<(long First, long Last)> HolesIn(long first, long last)
    {
        var holes = new List<(long First, long Last)>();
        for (int i = Math.Max(0, IndexAtOrBefore(first)); i < _ranges.Count && _ranges[i].First <= last; i++)
        {
            if (_ranges[i].First > first)
            {
                holes.Add((first, _ranges[i].First - 1));
            }

            first = Math.Max(first, _ranges[i].Last + 1);
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
        if (_ranges.Count == 0 || _ranges[0].First != first)
        {
            return first;
        }

        long next = _ranges[0].Last + 1;
        Count -= next - first;
        _ranges.RemoveAt(0);
        return next;
    }

    private int IndexAtOrBefore(long value)
    {
        int low = 0;
        int high = _ranges.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (_ranges[middle].First <= value)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        // The whole list is checked while it is short; a long one is checked at its ends, so that tests stay quick.
        int checks = Math.Min(_ranges.Count, 64);
        for (int i = 1; i < checks; i++)
        {
            Debug.Assert(_ranges[i - 1].Last + 1 < _ranges[i].First, "Ranges touch or overlap.");
        }

        Debug.Assert(Count >= _ranges.Count, "The count is less than the number of ranges.");
    }
}
