using Messaging.Cursors;

namespace Messaging.Redelivery;

/// <summary>What is known of each dead letter: it is held, somebody is redriving or purging it, or that is done.</summary>
internal sealed class DeadLetterState(CursorState cursor)
{
    // Being redriven or purged.
    private readonly HashSet<long> _claimed = [];

    /// <summary>Determines whether a dead letter was redriven or purged.</summary>
    public bool IsSettled(long sequence) => cursor.IsSettled(sequence);

    /// <summary>Determines whether a dead letter is there and nobody is redriving or purging it.</summary>
    public bool IsHeld(long sequence) => !cursor.IsSettled(sequence) && !_claimed.Contains(sequence);

    /// <summary>Finds the first dead letter that is held, from a number on.</summary>
    /// <returns>Its number; the end, or more, for none.</returns>
    public long FindHeld(long sequence, long end)
    {
        sequence = Math.Max(sequence, cursor.Floor);
        while (sequence < end && !IsHeld(sequence))
        {
            sequence++;
        }

        return sequence;
    }

    /// <summary>Claims a dead letter for one redrive or purge.</summary>
    public bool TryClaim(long sequence) => !cursor.IsSettled(sequence) && _claimed.Add(sequence);

    /// <summary>Takes everything before a number: nobody but a redrive or a purge settles a dead letter.</summary>
    public void TakeAll(long end)
    {
        while (cursor.SeekNext(end))
        {
            cursor.Take();
        }
    }

    /// <summary>Settles a dead letter that was taken, and ends its claim.</summary>
    public void Settle(long sequence)
    {
        _claimed.Remove(sequence);
        cursor.Settle(sequence);
    }

    /// <summary>Settles what is held of a range that was taken.</summary>
    public void PassOver(long first, long last)
    {
        foreach ((long from, long to) in cursor.UnsettledIn(first, last))
        {
            for (long sequence = from; sequence <= to; sequence++)
            {
                if (!_claimed.Contains(sequence))
                {
                    cursor.Settle(sequence);
                }
            }
        }
    }
}
