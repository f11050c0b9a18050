using Messaging.Dispatch;

namespace Messaging.Leases;

/// <summary>A time-limited right to settle one message; a slot of the <see cref="LeaseTable"/>.</summary>
internal struct Lease
{
    /// <summary>The delivery number while the lease is held, otherwise 0: a stale number matches no slot.</summary>
    public long Number;
    public Buffered Item;
    public LeaseList List;
    public long Deadline;

    /// <summary>The time up to which the lease is renewed by itself, because a handler runs; 0 for none.</summary>
    public long RenewUntil;
    public CancellationTokenSource? Lost;

    // Neighbours in the list, as slot numbers; -1 for none. A free slot uses Next for the list of free slots.
    public int Previous;
    public int Next;
}
