using System.Diagnostics;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;

namespace Messaging.Leases;

/// <summary>The leases of a subscription, found by delivery number in one step and by deadline at the head of each consumer's list.</summary>
/// <remarks>
/// A delivery number is a counter with the slot in its low bits, so numbers grow and a stale one is recognized by
/// comparing. All leases of a list last equally long, so a new one belongs at the end and nothing is ever searched; only
/// a lease extended by hand walks to its place.
/// </remarks>
internal sealed class LeaseTable
{
    private const int SlotBits = 20;
    private const int MaxSlots = 1 << SlotBits;

    private readonly List<LeaseList> _lists = [];
    private Lease[] _slots = new Lease[16];
    private int _used;
    private int _free = -1;
    private long _counter;

    /// <summary>Gets the number of leases held.</summary>
    public int Count { get; private set; }

    /// <summary>Gets a value indicating whether no further lease can be granted.</summary>
    public bool IsFull => Count == MaxSlots;

    public void AddList(LeaseList list) => _lists.Add(list);

    public void RemoveList(LeaseList list) => _lists.Remove(list);

    public long Grant(LeaseList list, in Buffered item, long now, long renewUntil, CancellationTokenSource? lost)
    {
        AssertInvariants();
        int slot = TakeSlot();
        ref Lease lease = ref _slots[slot];
        lease.Number = (++_counter << SlotBits) | (uint)slot;
        lease.Item = item;
        lease.List = list;
        lease.Deadline = now + list.Duration;
        lease.RenewUntil = renewUntil;
        lease.Lost = lost;
        Link(slot);
        Count++;
        return lease.Number;
    }

    /// <summary>Finds a held lease.</summary>
    public ref Lease Find(long number)
    {
        int slot = (int)(number & (MaxSlots - 1));
        if (number <= 0 || slot >= _used || _slots[slot].Number == 0
            || (_slots[slot].Number != number && !SeededBugs.Is(SeededBug.SkipTokenCheck)))
        {
            return ref System.Runtime.CompilerServices.Unsafe.NullRef<Lease>();
        }

        return ref _slots[slot];
    }

    /// <summary>Ends a lease, if it is held.</summary>
    public bool TryRelease(long number, out Lease lease)
    {
        AssertInvariants();
        ref Lease found = ref Find(number);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref found))
        {
            lease = default;
            return false;
        }

        lease = found;
        Free((int)(number & (MaxSlots - 1)));
        return true;
    }

    /// <summary>Ends a lease that is settled for good, if it is held. Unlike <see cref="TryRelease"/> it copies no record.</summary>
    public bool TrySettle(long number, out LogCursor cursor, out long sequence, out int size)
    {
        AssertInvariants();
        ref Lease found = ref Find(number);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref found))
        {
            cursor = null!;
            sequence = 0;
            size = 0;
            return false;
        }

        cursor = found.Item.Cursor;
        sequence = found.Item.Sequence;
        size = found.Item.Record.Size;
        Free((int)(number & (MaxSlots - 1)));
        return true;
    }

    /// <summary>Lets a held lease end at another time.</summary>
    public void Move(ref Lease lease, long deadline)
    {
        int slot = (int)(lease.Number & (MaxSlots - 1));
        Unlink(slot);
        lease.Deadline = deadline;
        Link(slot);
    }

    /// <summary>Takes one lease whose time is up. A lease whose handler still runs is renewed instead.</summary>
    public bool TryTakeExpired(long now, out Lease lease)
    {
        AssertInvariants();
        foreach (LeaseList list in _lists)
        {
            while (list.Head >= 0 && _slots[list.Head].Deadline <= now)
            {
                ref Lease head = ref _slots[list.Head];
                if (head.RenewUntil > now)
                {
                    Move(ref head, Math.Min(now + list.Duration, head.RenewUntil));
                    continue;
                }

                lease = head;
                Free(list.Head);
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

        lease = _slots[list.Head];
        Free(list.Head);
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
                next = Math.Min(next, _slots[list.Head].Deadline);
            }
        }

        return next;
    }

    /// <summary>Shows each held lease.</summary>
    public void ForEach<TState>(TState state, LeaseAction<TState> action)
    {
        foreach (LeaseList list in _lists)
        {
            for (int slot = list.Head; slot >= 0; slot = _slots[slot].Next)
            {
                action(state, in _slots[slot]);
            }
        }
    }

    private int TakeSlot()
    {
        if (_free >= 0)
        {
            int slot = _free;
            _free = _slots[slot].Next;
            return slot;
        }

        if (_used == _slots.Length)
        {
            Array.Resize(ref _slots, _slots.Length * 2);
        }

        return _used++;
    }

    private void Free(int slot)
    {
        Unlink(slot);
        _slots[slot] = default;
        _slots[slot].Next = _free;
        _free = slot;
        Count--;
    }

    private void Link(int slot)
    {
        ref Lease lease = ref _slots[slot];
        LeaseList list = lease.List;
        int after = list.Tail;
        while (after >= 0 && _slots[after].Deadline > lease.Deadline)
        {
            after = _slots[after].Previous;
        }

        lease.Previous = after;
        lease.Next = after >= 0 ? _slots[after].Next : list.Head;
        if (lease.Next >= 0)
        {
            _slots[lease.Next].Previous = slot;
        }
        else
        {
            list.Tail = slot;
        }

        if (after >= 0)
        {
            _slots[after].Next = slot;
        }
        else
        {
            list.Head = slot;
        }
    }

    private void Unlink(int slot)
    {
        ref Lease lease = ref _slots[slot];
        if (lease.Previous >= 0)
        {
            _slots[lease.Previous].Next = lease.Next;
        }
        else
        {
            lease.List.Head = lease.Next;
        }

        if (lease.Next >= 0)
        {
            _slots[lease.Next].Previous = lease.Previous;
        }
        else
        {
            lease.List.Tail = lease.Previous;
        }
    }

    [Conditional("DEBUG")]
    private void AssertInvariants()
    {
        Debug.Assert(Count >= 0 && Count <= _used, "More leases are counted than there are slots.");
        foreach (LeaseList list in _lists)
        {
            Debug.Assert(list.Head >= 0 == list.Tail >= 0, "A list has one end only.");
        }
    }
}
