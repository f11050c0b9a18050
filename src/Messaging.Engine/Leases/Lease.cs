using Messaging.Dispatch;

namespace Messaging.Leases;

/// <summary>A message that is offered to consumers, then a time-limited right to settle it; a slot of the <see cref="LeaseTable"/>.</summary>
internal struct Lease
{
    public LeaseWord Word;

    /// <summary>The delivery number: the word's generation and the slot.</summary>
    public long Number;

    /// <summary>The message, whose attempts count this hand-over already.</summary>
    public Buffered Item;

    // Written by whoever takes the message, before the word says that it is leased.
    public LeaseList List;
    public long Deadline;

    /// <summary>The time up to which the lease is renewed by itself, because a handler runs; 0 for none.</summary>
    public long RenewUntil;
    public CancellationTokenSource? Lost;

    // Neighbours in the list, as slot numbers; -1 for none. A free slot uses Next for the list of free slots. Guarded.
    public int Previous;
    public int Next;

    /// <summary>Shows the message of a generation, unless somebody takes it at this moment.</summary>
    public readonly bool TryPeek(long generation, out Buffered item)
    {
        bool offered = Word.State == LeaseState.Offered && Word.Generation == generation;
        item = offered ? Item.NotHandedOver() : default;
        return offered;
    }
}
