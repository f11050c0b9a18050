namespace Messaging.Leases;

/// <summary>Leases in an order, linked through their slots: those of one consumer, by their deadlines, or what was handed over, by the offers.</summary>
internal sealed class LeaseList(long duration, RetryPolicy? retry)
{
    /// <summary>Gets the duration of its leases, in ticks.</summary>
    public long Duration => duration;

    /// <summary>Gets the consumer's own retry policy; <see langword="null"/> for the subscription's.</summary>
    public RetryPolicy? Retry => retry;

    public int Head { get; private set; } = -1;

    public int Tail { get; private set; } = -1;

    /// <summary>Puts a slot at the end.</summary>
    public void Append(in LeaseSlots slots, int slot)
    {
        ref Lease lease = ref slots.At(slot);
        lease.Previous = Tail;
        lease.Next = -1;
        if (Tail >= 0)
        {
            slots.At(Tail).Next = slot;
        }
        else
        {
            Head = slot;
        }

        Tail = slot;
    }

    /// <summary>Puts a slot where its deadline belongs: at the end, mostly.</summary>
    public void Insert(in LeaseSlots slots, int slot)
    {
        ref Lease lease = ref slots.At(slot);
        int after = Tail;
        while (after >= 0 && slots.At(after).Deadline > lease.Deadline)
        {
            after = slots.At(after).Previous;
        }

        if (after == Tail)
        {
            Append(slots, slot);
            return;
        }

        lease.Previous = after;
        lease.Next = after >= 0 ? slots.At(after).Next : Head;
        slots.At(lease.Next).Previous = slot;
        if (after >= 0)
        {
            slots.At(after).Next = slot;
        }
        else
        {
            Head = slot;
        }
    }

    public void Remove(in LeaseSlots slots, ref Lease lease)
    {
        if (lease.Previous >= 0)
        {
            slots.At(lease.Previous).Next = lease.Next;
        }
        else
        {
            Head = lease.Next;
        }

        if (lease.Next >= 0)
        {
            slots.At(lease.Next).Previous = lease.Previous;
        }
        else
        {
            Tail = lease.Previous;
        }
    }
}
