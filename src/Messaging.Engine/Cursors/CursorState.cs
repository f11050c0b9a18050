using System.Diagnostics;

namespace Messaging.Cursors;

/// <summary>A place in one log: everything before the floor is settled, everything from next on is unseen, and between them are the exceptions.</summary>
/// <remarks>
/// Every number in [floor, next) is acked (a range), or in somebody's hands: buffered, leased, waiting, or on its way to
/// another log. Messages that were handed over before also have their counts here, for as long as they are unsettled.
/// </remarks>
internal sealed class CursorState
{
    private readonly RangeSet _acked = new();
    private readonly Dictionary<long, RetryCounts> _counts = [];
    private long _recoveredNext;

    public CursorState(long floor) => Floor = Next = _recoveredNext = floor;

    /// <summary>Gets the first number that is not settled.</summary>
    public long Floor { get; private set; }

    /// <summary>Gets the first number that was not taken yet.</summary>
    public long Next { get; private set; }

    /// <summary>Gets the number of acked messages above the floor.</summary>
    public long AckedAbove => _acked.Count;

    /// <summary>Gets the acked messages above the floor.</summary>
    public RangeSet Acked => _acked;

    /// <summary>Gets the number of messages that were settled above the floor since the state was made or restored.</summary>
    public long SettledAbove { get; private set; }

    /// <summary>Gets the size of the state: its acked ranges, and its messages that were handed over before.</summary>
    public int Exceptions => _acked.RangeCount + _counts.Count;

    public IReadOnlyDictionary<long, RetryCounts> Counts => _counts;

    /// <summary>Gets a value indicating whether next has not yet passed all that recovery found.</summary>
    public bool IsRecovering => Next < _recoveredNext;

    /// <summary>Gets the numbers in [floor, next) that are in somebody's hands.</summary>
    public long InHands => Next - Floor - AckedBelowNext;

    // After recovery, ranges may lie above next; they count once next has passed them.
    private long AckedBelowNext { get; set; }

    /// <summary>Begins again at a floor, with nothing in hands.</summary>
    public void StartAt(long floor)
    {
        AssertInvariants();
        Floor = Next = _recoveredNext = floor;
    }

    /// <summary>Restores what a stored state says. Next begins at the floor again and passes over what is acked or waits for its time.</summary>
    public void Restore(IEnumerable<(long First, long Last)> acked, IEnumerable<KeyValuePair<long, RetryCounts>> counts, long next)
    {
        foreach ((long first, long last) in acked)
        {
            _acked.AddRange(first, last);
            next = Math.Max(next, last + 1);
        }

        foreach ((long sequence, RetryCounts value) in counts)
        {
            _counts[sequence] = value;
            next = Math.Max(next, sequence + 1);
        }

        _recoveredNext = next;
    }

    /// <summary>Passes over what recovery found settled or waiting.</summary>
    /// <param name="end">Where the log ends.</param>
    /// <returns>Whether there is a message at next.</returns>
    public bool SeekNext(long end)
    {
        while (Next < end && Next < _recoveredNext)
        {
            long last = Math.Min(_acked.LastOf(Next), Math.Min(end, _recoveredNext) - 1);
            if (last >= Next)
            {
                AckedBelowNext += last - Next + 1;
                Next = last;
            }
            else if (CountsOf(Next).Due == 0)
            {
                // Seen before or not: it is to be handed over now, in its order.
                return true;
            }

            Next++;
        }

        return Next < end;
    }

    /// <summary>Takes the message at next.</summary>
    public long Take()
    {
        AssertInvariants();
        return Next++;
    }

    /// <summary>Settles a message that was taken; the floor moves over all that is settled.</summary>
    /// <returns>Whether the floor moved.</returns>
    public bool Settle(long sequence)
    {
        AssertInvariants();
        if (_counts.Count > 0)
        {
            _counts.Remove(sequence);
        }

        if (sequence != Floor)
        {
            _acked.Add(sequence);
            SettledAbove++;
            // After recovery a waiting message may be settled before next has reached it.
            AckedBelowNext += sequence < Next ? 1 : 0;
            return false;
        }

        Floor++;
        long floor = _acked.TakeFrom(Floor);
        AckedBelowNext -= Math.Min(floor, Math.Max(Next, Floor)) - Floor;
        Floor = floor;
        Next = Math.Max(Next, floor);
        return true;
    }

    public bool IsSettled(long sequence) => sequence < Floor || _acked.Contains(sequence);

    public RetryCounts CountsOf(long sequence) =>
        _counts.Count > 0 && _counts.TryGetValue(sequence, out RetryCounts counts) ? counts : default;

    public void SetCounts(long sequence, RetryCounts counts) => _counts[sequence] = counts;

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        Debug.Assert(Floor <= Next, "The floor is above next.");
        Debug.Assert(InHands >= 0, "More is acked than was taken.");
        Debug.Assert(_acked.LastOf(Floor) < Floor, "The floor is acked.");
    }
}
