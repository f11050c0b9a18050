using System.Diagnostics;
using Messaging.Diagnostics;

namespace Messaging.Cursors;

/// <summary>A place in one log: everything before the floor is settled, everything from next on is unseen, and between them are the exceptions.</summary>
/// <remarks>
/// Every number in [floor, next) is acked (a range), or in somebody's hands: buffered, leased, waiting, or on its way to
/// another log. Messages that were handed over before also have their counts here, for as long as they are unsettled.
/// A suspended cursor keeps what it has and takes nothing from a number on; what passed it by counts as acked when it resumes.
/// </remarks>
internal sealed class CursorState
{
    private readonly RangeSet _acked = new();
    private readonly Dictionary<long, RetryCounts> _counts = [];
    private long _recoveredNext;

    private RecoveredWaiting _waiting = RecoveredWaiting.None;

    public CursorState(long floor) => Floor = Next = _recoveredNext = floor;

    /// <summary>Gets the first number that is not settled.</summary>
    public long Floor { get; private set; }

    /// <summary>Gets the first number that was not taken yet.</summary>
    public long Next { get; private set; }

    /// <summary>Gets the first number that is not collected; <see cref="long.MaxValue"/> for a cursor that is not suspended.</summary>
    public long SuspendedAt { get; private set; } = long.MaxValue;

    public bool IsSuspended => SuspendedAt != long.MaxValue;

    /// <summary>Gets the number below which messages are kept aside since a suspension: they take no room in their log's bound.</summary>
    public long Aside { get; private set; }

    /// <summary>Gets the first number that the store must keep, as far as this cursor goes. Suspended, it needs nothing that is new.</summary>
    public long KeptFrom => Floor >= SuspendedAt ? long.MaxValue : Floor;

    /// <summary>Gets the first number that takes room in the log's bound.</summary>
    public long HeldFrom => IsSuspended ? long.MaxValue : Math.Max(Floor, Aside);

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

    /// <summary>Collects nothing from a number on, which is not below next.</summary>
    public void Suspend(long from)
    {
        AssertInvariants();
        Debug.Assert(from >= Next, "A message in somebody's hands cannot pass by.");
        SuspendedAt = from;
    }

    /// <summary>Collects again from a number on. What passed by since the suspension counts as acked.</summary>
    public void Resume(long at)
    {
        AssertInvariants();
        if (Floor == SuspendedAt)
        {
            Floor = Next = at;
        }
        else if (at > SuspendedAt)
        {
            _acked.AddRange(SuspendedAt, at - 1);
        }

        SuspendedAt = long.MaxValue;
        Aside = at;
        _recoveredNext = Math.Max(_recoveredNext, at);
    }

    /// <summary>Counts the numbers from the floor to a number that are not settled, and those from there on that are.</summary>
    public (long UnsettledBelow, long SettledFrom) CountAround(long number)
    {
        long acked = _acked.CountBelow(number);
        return number <= Floor
            ? (0, Floor - number + _acked.Count)
            : (number - Floor - acked, _acked.Count - acked);
    }

    /// <summary>Restores what a stored state says. Next begins at the floor again and passes over what is acked or waits for its time.</summary>
    /// <param name="acked">The ranges that are acked.</param>
    /// <param name="counts">The counts of messages that were handed over.</param>
    /// <param name="next">The number that was next.</param>
    /// <param name="suspendedAt">The first number that is not collected; <see cref="long.MaxValue"/> for a cursor that is not suspended.</param>
    /// <param name="aside">The number below which messages are kept aside.</param>
    public void Restore(
        ReadOnlySpan<(long First, long Last)> acked, IEnumerable<KeyValuePair<long, RetryCounts>> counts, long next,
        long suspendedAt = long.MaxValue, long aside = 0)
    {
        SuspendedAt = suspendedAt;
        Aside = aside;
        _acked.Fill(acked);
        if (!acked.IsEmpty)
        {
            next = Math.Max(next, acked[^1].Last + 1);
        }

        List<long> waiting = [];
        foreach ((long sequence, RetryCounts value) in counts)
        {
            _counts[sequence] = value;
            next = Math.Max(next, sequence + 1);
            if (value.Due != 0)
            {
                waiting.Add(sequence);
            }
        }

        _waiting = new RecoveredWaiting(waiting);
        _recoveredNext = next;
    }

    /// <summary>Passes over what recovery found settled or waiting.</summary>
    /// <param name="end">Where the log ends.</param>
    /// <returns>Whether there is a message at next.</returns>
    public bool SeekNext(long end)
    {
        while (Next < end && Next < _recoveredNext)
        {
            long last = Math.Min(_acked.LastOf(Next), end - 1);
            if (last >= Next)
            {
                AckedBelowNext += last + 1 - Next;
                Next = last;
            }
            else if (!_waiting.IsAt(Next))
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

    /// <summary>Takes the messages up to a number.</summary>
    public void TakeUpTo(long next)
    {
        AssertInvariants();
        Debug.Assert(next >= Next && !IsRecovering, "What recovery found is taken one by one.");
        Next = next;
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
        if (floor > Floor && floor < Next && SeededBugs.Is(SeededBug.FloorOffByOne))
        {
            floor++;
        }

        Floor = floor;
        Next = Math.Max(Next, floor);
        CrashPoint.ReachedOften(CrashPoint.FloorMoved);
        return true;
    }

    /// <summary>Settles what lies between next and a number and is in nobody's hands, because it cannot be had any more.</summary>
    /// <remarks>What waits for its time since recovery is in hands: it is passed over, and met when its time has come.</remarks>
    public void PassOver(long end)
    {
        AssertInvariants();
        foreach (long waiting in Next < _recoveredNext ? _waiting.In(Next, end, _acked) : [])
        {
            SettleUpTo(waiting);
            Next = Math.Max(Next, waiting + 1);
        }

        SettleUpTo(end);
        AssertInvariants();
    }

    public bool IsSettled(long sequence) => sequence < Floor || _acked.Contains(sequence);

    public RetryCounts CountsOf(long sequence) =>
        _counts.Count > 0 && _counts.TryGetValue(sequence, out RetryCounts counts) ? counts : default;

    public void SetCounts(long sequence, RetryCounts counts) => _counts[sequence] = counts;

    /// <summary>Gets the parts of a range that are not settled.</summary>
    public List<(long First, long Last)> UnsettledIn(long first, long last) => _acked.HolesIn(Math.Max(first, Floor), last);

    private void SettleUpTo(long end)
    {
        if (end <= Next)
        {
            return;
        }

        foreach ((long first, long last) in _acked.HolesIn(Next, end - 1))
        {
            _acked.AddRange(first, last);
        }

        foreach (long sequence in _counts.Keys.Where(sequence => sequence >= Next && sequence < end).ToList())
        {
            _counts.Remove(sequence);
        }

        AckedBelowNext += end - Next;
        bool atFloor = Floor == Next;
        Next = end;
        if (atFloor)
        {
            long floor = _acked.TakeFrom(Floor);
            AckedBelowNext -= Math.Min(floor, Next) - Floor;
            Floor = floor;
            Next = Math.Max(Next, floor);
        }
    }

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        Debug.Assert(Floor <= Next, "The floor is above next.");
        Debug.Assert(InHands >= 0, "More is acked than was taken.");
        Debug.Assert(_acked.LastOf(Floor) < Floor, "The floor is acked.");
    }
}
