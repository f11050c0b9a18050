using System.Diagnostics;
using Messaging.Scheduling;

namespace Messaging.Leases;

/// <summary>The leases that are held, in a list for each consumer.</summary>
internal sealed class HeldLeases
{
    private readonly List<LeaseList> _lists = [];

    public void Add(LeaseList list) => _lists.Add(list);

    public void Remove(LeaseList list) => _lists.Remove(list);

    /// <summary>Lets a lease end at another time.</summary>
    public static void Move(in LeaseSlots slots, int slot, long deadline)
    {
        ref Lease lease = ref slots.At(slot);
        lease.List.Remove(slots, ref lease);
        lease.Deadline = deadline;
        lease.List.Insert(slots, slot);
    }

    /// <summary>Finds one lease whose time is up. A lease whose handler still runs is renewed instead.</summary>
    /// <returns>Its slot; -1 for none.</returns>
    public int FindExpired(in LeaseSlots slots, long now)
    {
        foreach (LeaseList list in _lists)
        {
            while (list.Head >= 0 && slots.At(list.Head).Deadline <= now)
            {
                long renewUntil = slots.At(list.Head).RenewUntil;
                if (renewUntil <= now)
                {
                    return list.Head;
                }

                Move(slots, list.Head, Math.Min(DueTime.After(now, list.Duration), renewUntil));
            }
        }

        return -1;
    }

    /// <summary>Gets the earliest deadline; <see cref="long.MaxValue"/> for none.</summary>
    public long NextDeadline(in LeaseSlots slots)
    {
        long next = long.MaxValue;
        foreach (LeaseList list in _lists)
        {
            if (list.Head >= 0)
            {
                next = Math.Min(next, slots.At(list.Head).Deadline);
            }
        }

        return next;
    }

    /// <summary>Shows each lease.</summary>
    public void ForEach<TState>(in LeaseSlots slots, TState state, LeaseAction<TState> action)
    {
        foreach (LeaseList list in _lists)
        {
            for (int slot = list.Head; slot >= 0; slot = slots.At(slot).Next)
            {
                action(state, in slots.At(slot));
            }
        }
    }

    [Conditional("DEBUG")]
    public void AssertInvariants()
    {
        foreach (LeaseList list in _lists)
        {
            Debug.Assert(list.Head >= 0 == list.Tail >= 0, "A list has one end only.");
        }
    }
}
