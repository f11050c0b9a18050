using System.Diagnostics;
using System.Runtime.CompilerServices;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Scheduling;

namespace Messaging.Leases;

/// <summary>The messages that a subscription has offered or leased, found by delivery number in one step, and the leases by deadline at the head of each consumer's list.</summary>
/// <remarks>
/// A delivery number is a counter with the slot in its low bits, so numbers grow and a stale one is recognized by
/// comparing. Taking and acknowledging change a slot's word and nothing else; the owner looks at those changes later, many at
/// a time and in the order of the offers. Only a lease that is still held then is linked, at the end of its consumer's list,
/// since all its leases last equally long; a lease extended by hand walks to its place. Slots never move.
/// </remarks>
internal sealed partial class LeaseTable
{
    private const int SlotBits = 20;
    private const int MaxSlots = 1 << SlotBits;
    private const int ChunkBits = 4;
    private const int ChunkSize = 1 << ChunkBits;

    private readonly List<LeaseList> _lists = [];

    // What was offered and is not linked, in the order of the offers.
    private readonly LeaseList _handed = new(0, null);
    private Lease[][] _chunks = [];
    private int _used;
    private int _free = -1;
    private long _generation;

    /// <summary>Gets the number of slots in use: offered, leased, and acknowledged as long as nobody has looked.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the number of messages offered and not taken, as of the last look.</summary>
    public int Offered { get; private set; }

    /// <summary>Gets the number of leases that are held, as of the last look at all.</summary>
    public int Leased { get; private set; }

    /// <summary>Gets the number of leases granted so far, as of the last look.</summary>
    public long Granted { get; private set; }

    /// <summary>Gets how many of them were not the first of their message.</summary>
    public long GrantedAgain { get; private set; }

    /// <summary>Gets when a lease was granted last, as of the last look.</summary>
    public long LatestGrant { get; private set; }

    /// <summary>Gets a value indicating whether no further message can be offered.</summary>
    public bool IsFull => Count == MaxSlots;

    public void AddList(LeaseList list) => _lists.Add(list);

    public void RemoveList(LeaseList list) => _lists.Remove(list);

    /// <summary>Gives a message a slot, to be offered to the consumers by its number.</summary>
    /// <param name="item">The message, with its attempts so far.</param>
    public long Offer(in Buffered item)
    {
        AssertInvariants();
        int slot = TakeSlot();
        ref Lease lease = ref At(slot);
        lease.Item = item;
        lease.Item.Attempts++;
        return Offer(ref lease, slot);
    }

    /// <summary>Offers a message that was never handed over, if the log has it in memory.</summary>
    public bool TryOffer(LogCursor cursor, long sequence, out long number)
    {
        int slot = TakeSlot();
        ref Lease lease = ref At(slot);
        if (!cursor.Log.TryCopy(sequence, ref lease.Item.Record))
        {
            PutBack(slot);
            number = 0;
            return false;
        }

        lease.Item.Cursor = cursor;
        lease.Item.Sequence = sequence;
        lease.Item.Attempts = 1;
        lease.Item.Failures = 0;
        number = Offer(ref lease, slot);
        return true;
    }

    /// <summary>Tells whether a message was offered last. May be called by anyone.</summary>
    public bool IsLatest(long number) => number >> SlotBits == Volatile.Read(ref _generation);

    /// <summary>Shows an offered message to whoever has read its number from the buffer.</summary>
    public ref readonly Lease Show(long number) => ref At((int)(number & (MaxSlots - 1)));

    /// <summary>Leases a message to whoever has read its number from the buffer.</summary>
    public void Grant(long number, LeaseList list, long deadline, long renewUntil, CancellationTokenSource? lost)
    {
        ref Lease lease = ref At((int)(number & (MaxSlots - 1)));
        lease.List = list;
        lease.Deadline = deadline;
        lease.RenewUntil = renewUntil;
        lease.Lost = lost;
        lease.Word.Grant();
    }

    /// <summary>Acknowledges a lease that was granted since the last look. May be called by anyone.</summary>
    public bool TryAck(long number, out LogCursor cursor)
    {
        int slot = (int)(number & (MaxSlots - 1));
        Lease[][] chunks = Volatile.Read(ref _chunks);
        if (number <= 0 || slot >> ChunkBits >= chunks.Length)
        {
            cursor = null!;
            return false;
        }

        ref Lease lease = ref chunks[slot >> ChunkBits][slot & (ChunkSize - 1)];
        cursor = lease.Item.Cursor;
        return lease.Word.TryAck(SeededBugs.Is(SeededBug.SkipTokenCheck) ? lease.Word.Generation : number >> SlotBits);
    }

    /// <summary>Looks at what was handed over since the last look: settles what was acknowledged, and links the leases that are held.</summary>
    /// <param name="whole">Whether to look at all. Otherwise the look ends at the first message that nobody has taken, before which there is most.</param>
    /// <returns>What was settled, of one cursor.</returns>
    public SettledRun Look(bool whole)
    {
        AssertInvariants();
        LogCursor? cursor = null;
        long count = 0;
        long bytes = 0;
        bool more = false;
        for (int slot = _handed.Head, next; slot >= 0; slot = next)
        {
            ref Lease lease = ref At(slot);
            next = lease.Next;
            LeaseState state = lease.Word.State;
            if (state == LeaseState.Offered)
            {
                if (!whole)
                {
                    break;
                }

                continue;
            }

            if (state == LeaseState.Leased && lease.Word.TryLink(lease.Word.Generation))
            {
                LinkHanded(slot);
                continue;
            }

            if (cursor is not null && cursor != lease.Item.Cursor)
            {
                more = true;
                break;
            }

            cursor = lease.Item.Cursor;
            count++;
            bytes += cursor.Share.Limit is null ? 0 : cursor.Share.SizeOf(lease.Item.Sequence, lease.Item.Record.Size);
            cursor.State.Settle(lease.Item.Sequence);
            LeaveHanded(slot);
            Free(slot);
        }

        cursor?.ShowFloor();
        return new SettledRun(cursor, count, cursor?.Share.Limit, bytes, more);
    }

    /// <summary>Tells whether anything was acknowledged since the last look.</summary>
    public bool HasAcked()
    {
        for (int slot = _handed.Head; slot >= 0; slot = At(slot).Next)
        {
            if (At(slot).Word.State == LeaseState.Acked)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Tells whether anything was taken since the last look.</summary>
    public bool HasTaken()
    {
        for (int slot = _handed.Head; slot >= 0; slot = At(slot).Next)
        {
            if (At(slot).Word.State != LeaseState.Offered)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Shows the message of a number that is in the buffer, unless somebody takes it at this moment.</summary>
    public bool TryPeek(long number, out Buffered item)
    {
        ref Lease lease = ref At((int)(number & (MaxSlots - 1)));
        bool offered = lease.Word.State == LeaseState.Offered && lease.Word.Generation == number >> SlotBits;
        item = offered ? lease.Item.NotHandedOver() : default;
        return offered;
    }

    /// <summary>Takes a message back whose number the caller has read from the buffer.</summary>
    public Buffered TakeBack(long number)
    {
        int slot = (int)(number & (MaxSlots - 1));
        Buffered item = At(slot).Item.NotHandedOver();
        Unlink(_handed, slot);
        Offered--;
        Free(slot);
        return item;
    }

    /// <summary>Finds a held lease.</summary>
    public ref Lease Find(long number)
    {
        int slot = (int)(number & (MaxSlots - 1));
        if (number <= 0 || slot >= _used)
        {
            return ref Unsafe.NullRef<Lease>();
        }

        ref Lease lease = ref At(slot);
        long generation = SeededBugs.Is(SeededBug.SkipTokenCheck) ? lease.Word.Generation : number >> SlotBits;
        if (lease.Word.TryLink(generation))
        {
            LinkHanded(slot);
        }
        else if (!lease.Word.IsLinked(generation))
        {
            return ref Unsafe.NullRef<Lease>();
        }

        return ref lease;
    }

    /// <summary>Ends a lease, if it is held.</summary>
    public bool TryRelease(long number, out Lease lease)
    {
        AssertInvariants();
        ref Lease found = ref Find(number);
        if (Unsafe.IsNullRef(ref found))
        {
            lease = default;
            return false;
        }

        lease = found;
        EndLinked((int)(number & (MaxSlots - 1)));
        return true;
    }

    /// <summary>Ends a lease that is settled for good, if it is held. Unlike <see cref="TryRelease"/> it copies no record.</summary>
    public bool TrySettle(long number, out LogCursor cursor, out long sequence, out int size)
    {
        AssertInvariants();
        ref Lease found = ref Find(number);
        if (Unsafe.IsNullRef(ref found))
        {
            cursor = null!;
            sequence = 0;
            size = 0;
            return false;
        }

        cursor = found.Item.Cursor;
        sequence = found.Item.Sequence;
        size = found.Item.Record.Size;
        EndLinked((int)(number & (MaxSlots - 1)));
        return true;
    }

    /// <summary>Lets a held lease end at another time.</summary>
    public void Move(ref Lease lease, long deadline)
    {
        int slot = (int)(lease.Number & (MaxSlots - 1));
        Unlink(lease.List, slot);
        lease.Deadline = deadline;
        Link(slot);
    }

    /// <summary>Takes one lease whose time is up. A lease whose handler still runs is renewed instead.</summary>
    public bool TryTakeExpired(long now, out Lease lease)
    {
        AssertInvariants();
        foreach (LeaseList list in _lists)
        {
            while (list.Head >= 0 && At(list.Head).Deadline <= now)
            {
                ref Lease head = ref At(list.Head);
                if (head.RenewUntil > now)
                {
                    Move(ref head, Math.Min(DueTime.After(now, list.Duration), head.RenewUntil));
                    continue;
                }

                lease = head;
                EndLinked(list.Head);
                return true;
            }
        }

        lease = default;
        return false;
    }

    /// <summary>Takes one lease of a list.</summary>
    public bool TryTake(LeaseList list, out Lease lease)
    {
        if (list.Head < 0)
        {
            lease = default;
            return false;
        }

        lease = At(list.Head);
        EndLinked(list.Head);
        return true;
    }

    /// <summary>Gets the earliest deadline; <see cref="long.MaxValue"/> for none.</summary>
    public long NextDeadline()
    {
        long next = long.MaxValue;
        foreach (LeaseList list in _lists)
        {
            if (list.Head >= 0)
            {
                next = Math.Min(next, At(list.Head).Deadline);
            }
        }

        return next;
    }

    /// <summary>Shows each held lease.</summary>
    public void ForEach<TState>(TState state, LeaseAction<TState> action)
    {
        foreach (LeaseList list in _lists)
        {
            for (int slot = list.Head; slot >= 0; slot = At(slot).Next)
            {
                action(state, in At(slot));
            }
        }
    }

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        Debug.Assert(Offered >= 0 && Leased >= 0, "More was taken or settled than was offered.");
        Debug.Assert(Offered + Leased == Count && Count <= _used, "The slots in use are not those offered and those leased.");
        foreach (LeaseList list in _lists)
        {
            Debug.Assert(list.Head >= 0 == list.Tail >= 0, "A list has one end only.");
        }
    }
}
