using Messaging.Cursors;
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

    /// <summary>Puts a message that was never handed over into the slot, if the log has it in memory.</summary>
    public bool TryFill(LogCursor cursor, long sequence)
    {
        if (!cursor.Log.TryCopy(sequence, ref Item.Record))
        {
            return false;
        }

        Item.Cursor = cursor;
        Item.Sequence = sequence;
        Item.Attempts = 1;
        Item.Failures = 0;
        return true;
    }

    /// <summary>Shows the message of a generation, unless somebody takes it at this moment.</summary>
    public readonly bool TryPeek(long generation, out Buffered item)
    {
        bool offered = Word.State == LeaseState.Offered && Word.Generation == generation;
        item = offered ? Item.NotHandedOver() : default;
        return offered;
    }

    /// <summary>Leases the message to whoever has read its number from the buffer.</summary>
    public void Grant(LeaseList list, long deadline, long renewUntil, CancellationTokenSource? lost)
    {
        List = list;
        Deadline = deadline;
        RenewUntil = renewUntil;
        Lost = lost;
        Word.Grant();
    }
}
