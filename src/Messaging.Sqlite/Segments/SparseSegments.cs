namespace Messaging.Sqlite.Segments;

/// <summary>The closed segments that are more than half dead, and what is dead in places that live. It is kept in memory only.</summary>
/// <remarks>A few are left alone: what lags a little behind is soon gone by itself, and need not be moved before.</remarks>
/// <param name="garbageLeft">The dead bytes in sparse segments that are left alone.</param>
internal sealed class SparseSegments(long garbageLeft)
{
    private readonly Dictionary<(long Segment, long Log), long> _deadInPlace = [];
    private readonly Dictionary<long, long> _deadInSegment = [];

    // The dead bytes of each sparse segment, the oldest one first.
    private readonly SortedDictionary<long, long> _sparse = [];
    private long _garbage;

    /// <summary>Gets a value indicating whether a segment should be compacted.</summary>
    public bool IsTooMuch => _garbage > garbageLeft;

    /// <summary>Gets the oldest sparse segment; only if there is one.</summary>
    public long Oldest => _sparse.Keys.First();

    public void Clear()
    {
        _deadInPlace.Clear();
        _deadInSegment.Clear();
        _sparse.Clear();
        _garbage = 0;
    }

    /// <summary>Notes how much is dead in a log's place that is live.</summary>
    public void NoteDead(long segment, long log, long bytes)
    {
        long before = _deadInPlace.GetValueOrDefault((segment, log));
        long dead = _deadInSegment.GetValueOrDefault(segment) + bytes - before;
        Set(_deadInPlace, (segment, log), bytes);
        Set(_deadInSegment, segment, dead);
    }

    /// <summary>Decides anew whether a segment is sparse.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="bytes">What it takes.</param>
    /// <param name="liveBytes">What its live places take.</param>
    public void Judge(long segment, long bytes, long liveBytes)
    {
        Remove(segment);
        long live = liveBytes - _deadInSegment.GetValueOrDefault(segment);
        if (live < bytes / 2)
        {
            _sparse.Add(segment, bytes - live);
            _garbage += bytes - live;
        }
    }

    /// <summary>Takes a segment from the sparse ones.</summary>
    public void Remove(long segment)
    {
        if (_sparse.Remove(segment, out long garbage))
        {
            _garbage -= garbage;
        }
    }

    private static void Set<TKey>(Dictionary<TKey, long> numbers, TKey key, long value)
        where TKey : notnull
    {
        if (value == 0)
        {
            numbers.Remove(key);
        }
        else
        {
            numbers[key] = value;
        }
    }
}
