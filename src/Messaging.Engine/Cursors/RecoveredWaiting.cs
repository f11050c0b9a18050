namespace Messaging.Cursors;

/// <summary>What recovery found waiting for its time, in order. It is in somebody's hands from the beginning: next passes over it, whatever becomes
/// of it before next is there.</summary>
internal sealed class RecoveredWaiting(List<long> sequences)
{
    private readonly long[] _sequences = [.. sequences.Order()];
    private int _first;

    public static RecoveredWaiting None { get; } = new([]);

    /// <summary>Determines whether a message waits. Asked for numbers in order.</summary>
    public bool IsAt(long next)
    {
        while (_first < _sequences.Length && _sequences[_first] < next)
        {
            _first++;
        }

        return _first < _sequences.Length && _sequences[_first] == next;
    }

    /// <summary>Lists what waits from a number up to another one, of which <paramref name="settled"/> holds nothing.</summary>
    public List<long> In(long first, long end, RangeSet settled) =>
        [.. _sequences.Where(waiting => waiting >= first && waiting < end && !settled.Contains(waiting))];
}
