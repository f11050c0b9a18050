namespace Messaging.Sqlite.Log;

/// <summary>The numbers of a log above its trim that nobody needs any more, as sorted ranges that neither touch nor overlap.</summary>
internal sealed class DeadRanges
{
    private List<(long First, long Last)> _ranges = [];

    // Those before it lie below the trim.
    private int _start;

    public bool IsEmpty => _start == _ranges.Count;

    /// <summary>Gets the first number; only of ranges that are not empty.</summary>
    public long First => _ranges[_start].First;

    /// <summary>Gets the last number; only of ranges that are not empty.</summary>
    public long Last => _ranges[^1].Last;

    public bool Contains(long value) => Count(value, value) > 0;

    /// <summary>Counts the numbers of the ranges that lie between two numbers, both included.</summary>
    public long Count(long first, long last)
    {
        long count = 0;
        for (int i = IndexOf(first); i < _ranges.Count && _ranges[i].First <= last; i++)
        {
            count += Math.Min(_ranges[i].Last, last) - Math.Max(_ranges[i].First, first) + 1;
        }

        return count;
    }

    /// <summary>Adds ranges, of which some may be there already.</summary>
    /// <param name="ranges">The ranges, in any order; they are sorted.</param>
    public void Add(List<(long First, long Last)> ranges)
    {
        ranges.Sort();
        var merged = new List<(long First, long Last)>(_ranges.Count - _start + ranges.Count);
        int added = 0;
        for (int i = _start; i < _ranges.Count || added < ranges.Count;)
        {
            bool mine = added == ranges.Count || (i < _ranges.Count && _ranges[i].First <= ranges[added].First);
            Append(merged, mine ? _ranges[i++] : ranges[added++]);
        }

        _ranges = merged;
        _start = 0;
    }

    /// <summary>Forgets the ranges that are wholly below a number.</summary>
    public void RemoveBelow(long below)
    {
        while (_start < _ranges.Count && _ranges[_start].Last < below)
        {
            _start++;
        }

        if (_start > 64 && _start > _ranges.Count / 2)
        {
            _ranges.RemoveRange(0, _start);
            _start = 0;
        }
    }

    private static void Append(List<(long First, long Last)> ranges, (long First, long Last) next)
    {
        if (ranges.Count > 0 && next.First <= ranges[^1].Last + 1)
        {
            ranges[^1] = (ranges[^1].First, Math.Max(ranges[^1].Last, next.Last));
        }
        else
        {
            ranges.Add(next);
        }
    }

    // The first range that ends at or after a number.
    private int IndexOf(long value)
    {
        int low = _start;
        int high = _ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _ranges[middle].Last < value ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
