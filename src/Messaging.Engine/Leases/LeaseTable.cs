using System.Diagnostics;
using System.Runtime.CompilerServices;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;

namespace Messaging.Leases;

/// <summary>The messages that a subscription has offered or leased, found by delivery number in one step, and the leases by deadline at the head of each consumer's list.</summary>
/// <remarks>
/// A delivery number is a counter with the slot in its low bits, so numbers grow and a stale one is recognized by
/// comparing. Taking and acknowledging change a slot's word and nothing else; the owner looks at those changes later, many at
/// a time and in the order of the offers. Only a lease that is still held then is linked, at the end of its consumer's list,
/// since all its leases last equally long; a lease extended by hand walks to its place. Slots never move.
/// </remarks>
internal sealed class LeaseTable
{
    private const int SlotBits = LeaseSlots.Bits;
    private const int MaxSlots = LeaseSlots.Max;

    private HandedLeases _handed = new();
    private LeaseSlots _slots = new();
    private long _generation;

    /// <summary>Gets the number of slots in use: offered, leased, and acknowledged as long as nobody has looked.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the number of messages offered and not taken, as of the last look.</summary>
    public int Offered => _handed.Offered;

    /// <summary>Gets the leases that are held, by their consumers.</summary>
    public HeldLeases Held { get; } = new();

    /// <summary>Gets the slots, to go through those that are held.</summary>
    public ref readonly LeaseSlots Slots => ref _slots;

    /// <summary>Gets the number of leases that are held, as of the last look at all.</summary>
    public int Leased { get; private set; }

    /// <summary>Gets the number of leases granted so far, as of the last look.</summary>
    public long Granted => _handed.Granted;

    /// <summary>Gets how many of them were not the first of their message.</summary>
    public long GrantedAgain => _handed.GrantedAgain;

    /// <summary>Gets when a lease was granted last, as of the last look.</summary>
    public long LatestGrant => _handed.LatestGrant;

    /// <summary>Gets a value indicating whether no further message can be offered.</summary>
    public bool IsFull => Count == MaxSlots;

    /// <summary>Gets the slot that was offered first of those that are not linked; -1 for none.</summary>
    public int First => _handed.Head;

    /// <summary>Gives a message a slot, to be offered to the consumers by its number.</summary>
    /// <param name="item">The message, with its attempts so far.</param>
    public long Offer(in Buffered item)
    {
        AssertInvariants();
        int slot = _slots.Take();
        ref Lease lease = ref _slots.At(slot);
        lease.Item = item;
        lease.Item.Attempts++;
        return Offer(ref lease, slot);
    }

    /// <summary>Offers a message that was never handed over, if the log has it in memory.</summary>
    public bool TryOffer(LogCursor cursor, long sequence, out long number)
    {
        int slot = _slots.Take();
        ref Lease lease = ref _slots.At(slot);
        if (!cursor.Log.TryCopy(sequence, ref lease.Item.Record))
        {
            _slots.PutBack(ref lease, slot);
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
    public ref readonly Lease Show(long number) => ref _slots.At((int)(number & (MaxSlots - 1)));

    /// <summary>Leases a message to whoever has read its number from the buffer.</summary>
    /// <returns>Its cursor. Its slot is somebody else's as soon as the lease ends.</returns>
    public LogCursor Grant(long number, LeaseList list, long deadline, long renewUntil, CancellationTokenSource? lost)
    {
        ref Lease lease = ref _slots.At((int)(number & (MaxSlots - 1)));
        LogCursor cursor = lease.Item.Cursor;
        lease.List = list;
        lease.Deadline = deadline;
        lease.RenewUntil = renewUntil;
        lease.Lost = lost;
        lease.Word.Grant();
        return cursor;
    }

    /// <summary>Acknowledges a lease that was granted since the last look. May be called by anyone.</summary>
    public bool TryAck(long number, out LogCursor cursor)
    {
        ref Lease lease = ref _slots.Find((int)(number & (MaxSlots - 1)));
        bool isThere = number > 0 && !Unsafe.IsNullRef(ref lease);
        cursor = isThere ? lease.Item.Cursor : null!;
        return isThere && lease.Word.TryAck(SeededBugs.Is(SeededBug.SkipTokenCheck) ? lease.Word.Generation : number >> SlotBits);
    }

    /// <summary>Ends the next lease that was acknowledged, in the order of the offers, and links the leases that are held before it.</summary>
    /// <param name="slot">Where to begin: <see cref="First"/>, or what the call before has left. Receives where to go on; -1 at the end.</param>
    /// <param name="whole">Whether to go through all. Otherwise it ends at the first message that nobody has taken, before which there is most.</param>
    /// <param name="of">The cursor whose messages are wanted; <see langword="null"/> for any. It stops before another one's.</param>
    /// <param name="acked">The message, as far as settling needs it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEndAcked(ref int slot, bool whole, LogCursor? of, out AckedMessage acked)
    {
        while (slot >= 0)
        {
            ref Lease lease = ref _slots.At(slot);
            int next = lease.Next;
            LeaseState state = lease.Word.State;
            if (state == LeaseState.Offered)
            {
                if (!whole)
                {
                    break;
                }
            }
            else if (state == LeaseState.Leased && lease.Word.TryLink(lease.Word.Generation))
            {
                LinkHanded(ref lease, slot);
            }
            else
            {
                acked = new AckedMessage(lease.Item.Cursor, lease.Item.Sequence, lease.Item.Record.Size);
                if (of is not null && of != acked.Cursor)
                {
                    return false;
                }

                _handed.Leave(_slots, ref lease);
                Free(ref lease, slot);
                slot = next;
                return true;
            }

            slot = next;
        }

        slot = -1;
        acked = default;
        return false;
    }

    /// <summary>Tells whether anything was acknowledged since the last look.</summary>
    public bool HasAcked() => _handed.HasAcked(_slots);

    /// <summary>Tells whether anything was taken since the last look.</summary>
    public bool HasTaken() => _handed.HasTaken(_slots);

    /// <summary>Shows the message of a number that is in the buffer, unless somebody takes it at this moment.</summary>
    public bool TryPeek(long number, out Buffered item) => _slots.At((int)(number & (MaxSlots - 1))).TryPeek(number >> SlotBits, out item);

    /// <summary>Takes a message back whose number the caller has read from the buffer.</summary>
    public Buffered TakeBack(long number)
    {
        int slot = (int)(number & (MaxSlots - 1));
        ref Lease lease = ref _slots.At(slot);
        Buffered item = lease.Item.NotHandedOver();
        _handed.TakeBack(_slots, ref lease);
        Free(ref lease, slot);
        return item;
    }

    /// <summary>Finds a held lease.</summary>
    public ref Lease Find(long number)
    {
        int slot = (int)(number & (MaxSlots - 1));
        if (number <= 0 || slot >= _slots.Used)
        {
            return ref Unsafe.NullRef<Lease>();
        }

        ref Lease lease = ref _slots.At(slot);
        long generation = SeededBugs.Is(SeededBug.SkipTokenCheck) ? lease.Word.Generation : number >> SlotBits;
        if (lease.Word.TryLink(generation))
        {
            LinkHanded(ref lease, slot);
            return ref lease;
        }

        return ref lease.Word.IsLinked(generation) ? ref lease : ref Unsafe.NullRef<Lease>();
    }

    /// <summary>Ends a lease, if it is held.</summary>
    public bool TryRelease(long number, out Lease lease)
    {
        AssertInvariants();
        ref Lease held = ref Find(number);
        bool isHeld = !Unsafe.IsNullRef(ref held);
        lease = isHeld ? End(ref held) : default;
        return isHeld;
    }

    /// <summary>Ends a lease that is settled for good, if it is held. Unlike <see cref="TryRelease"/> it copies no record.</summary>
    public bool TrySettle(long number, out AckedMessage acked)
    {
        AssertInvariants();
        ref Lease found = ref Find(number);
        if (Unsafe.IsNullRef(ref found))
        {
            acked = default;
            return false;
        }

        acked = new AckedMessage(found.Item.Cursor, found.Item.Sequence, found.Item.Record.Size);
        EndLinked(ref found);
        return true;
    }

    /// <summary>Lets a held lease end at another time.</summary>
    public void Move(ref Lease lease, long deadline) => HeldLeases.Move(_slots, (int)(lease.Number & (MaxSlots - 1)), deadline);

    /// <summary>Takes one lease whose time is up. A lease whose handler still runs is renewed instead.</summary>
    public bool TryTakeExpired(long now, out Lease lease)
    {
        AssertInvariants();
        int slot = Held.FindExpired(_slots, now);
        lease = slot >= 0 ? End(ref _slots.At(slot)) : default;
        return slot >= 0;
    }

    /// <summary>Takes one lease of a list.</summary>
    public bool TryTake(LeaseList list, out Lease lease)
    {
        int slot = list.Head;
        lease = slot >= 0 ? End(ref _slots.At(slot)) : default;
        return slot >= 0;
    }

    /// <summary>Gets the earliest deadline; <see cref="long.MaxValue"/> for none.</summary>
    public long NextDeadline() => Held.NextDeadline(_slots);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long Offer(ref Lease lease, int slot)
    {
        long generation = _generation + 1;
        lease.Number = (generation << SlotBits) | (uint)slot;
        _handed.Add(_slots, slot);
        Count++;
        lease.Word.Offer(generation);
        Volatile.Write(ref _generation, generation);
        return lease.Number;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Free(ref Lease lease, int slot)
    {
        lease.Word.Free();
        Count--;
        _slots.PutBack(ref lease, slot);
    }

    private Lease End(ref Lease held)
    {
        Lease ended = held;
        EndLinked(ref held);
        return ended;
    }

    private void EndLinked(ref Lease held)
    {
        held.List.Remove(_slots, ref held);
        Leased--;
        Free(ref held, (int)(held.Number & (MaxSlots - 1)));
    }

    private void LinkHanded(ref Lease lease, int slot)
    {
        _handed.Leave(_slots, ref lease);
        lease.List.Insert(_slots, slot);
        Leased++;
    }

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        Debug.Assert(Offered >= 0 && Leased >= 0, "More was taken or settled than was offered.");
        Debug.Assert(Offered + Leased == Count && Count <= _slots.Used, "The slots in use are not those offered and those leased.");
        Held.AssertInvariants();
    }
}
