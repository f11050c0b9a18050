using Messaging.Records;

namespace Messaging.Cursors;

/// <summary>What a subscription has read of one log ahead of its consumers, and what it could not read. Guarded by the subscription.</summary>
internal sealed class ReadAhead
{
    // So that each missing number is reported and counted once.
    private readonly RangeSet _damaged = new();

    /// <summary>Gets the records read from the store, in order, the next one first; without a store, those kept aside by a suspension.</summary>
    public Queue<(long Sequence, Record Record)> Records { get; } = new();

    /// <summary>Gets or sets a value indicating whether a read from the store is under way.</summary>
    public bool IsReading { get; set; }

    /// <summary>Gets or sets a value indicating whether the last read from the store failed.</summary>
    public bool HasFailed { get; set; }

    /// <summary>Gets or sets a value indicating whether the cursor was lost with its row in the store: it begins at the oldest record that is there.</summary>
    public bool BeginsAtOldest { get; set; }

    /// <summary>Gets the number after the last record; 0 for none.</summary>
    public long End => Records.Count > 0 ? Records.Last().Sequence + 1 : 0;

    /// <summary>Looks at a record that was read, and lets go of those before it.</summary>
    public bool TryPeek(long sequence, out Record record)
    {
        while (Records.TryPeek(out (long Sequence, Record Record) first) && first.Sequence <= sequence)
        {
            if (first.Sequence == sequence)
            {
                record = first.Record;
                return true;
            }

            Records.Dequeue();
        }

        record = default;
        return false;
    }

    /// <summary>Lets go of a record that is taken now, if it was read ahead.</summary>
    public void Take(long sequence)
    {
        if (Records.TryPeek(out (long Sequence, Record Record) first) && first.Sequence == sequence)
        {
            Records.Dequeue();
        }
    }

    /// <summary>Notes that messages cannot be read.</summary>
    /// <returns>How many of them are needed and were not noted before.</returns>
    public long NoteDamaged(CursorState state, long first, long last)
    {
        long count = 0;
        foreach ((long from, long to) in _damaged.HolesIn(first, last))
        {
            foreach ((long missing, long end) in state.UnsettledIn(from, to))
            {
                _damaged.AddRange(missing, end);
                count += end - missing + 1;
            }
        }

        return count;
    }
}
