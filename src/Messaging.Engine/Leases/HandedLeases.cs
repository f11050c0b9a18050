using System.Runtime.CompilerServices;

namespace Messaging.Leases;

/// <summary>What was offered and is not linked, in the order of the offers, and the counts of what left it.</summary>
/// <remarks>It is a part of the <see cref="LeaseTable"/>, in place. Consumers change the words of its slots at any time; it knows as of the last look.</remarks>
internal struct HandedLeases()
{
    private readonly LeaseList _list = new(0, null);

    public readonly int Head => _list.Head;

    /// <summary>Gets the number of messages offered and not taken.</summary>
    public int Offered { get; private set; }

    /// <summary>Gets the number of leases granted so far.</summary>
    public long Granted { get; private set; }

    /// <summary>Gets how many of them were not the first of their message.</summary>
    public long GrantedAgain { get; private set; }

    /// <summary>Gets when a lease was granted last.</summary>
    public long LatestGrant { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(in LeaseSlots slots, int slot)
    {
        _list.Append(slots, slot);
        Offered++;
    }

    /// <summary>Removes a message that nobody has taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakeBack(in LeaseSlots slots, ref Lease lease)
    {
        _list.Remove(slots, ref lease);
        Offered--;
    }

    /// <summary>Removes a message that was taken.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave(in LeaseSlots slots, ref Lease lease)
    {
        _list.Remove(slots, ref lease);
        Offered--;
        Granted++;
        GrantedAgain += lease.Item.Attempts > 1 ? 1 : 0;
        LatestGrant = Math.Max(LatestGrant, lease.Deadline - lease.List.Duration);
    }

    /// <summary>Determines whether anything was acknowledged since the last look.</summary>
    public readonly bool HasAcked(in LeaseSlots slots)
    {
        for (int slot = Head; slot >= 0; slot = slots.At(slot).Next)
        {
            if (slots.At(slot).Word.State == LeaseState.Acked)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Determines whether anything was taken since the last look.</summary>
    public readonly bool HasTaken(in LeaseSlots slots)
    {
        for (int slot = Head; slot >= 0; slot = slots.At(slot).Next)
        {
            if (slots.At(slot).Word.State != LeaseState.Offered)
            {
                return true;
            }
        }

        return false;
    }
}
