using System.Runtime.InteropServices;

namespace Messaging;

/// <summary>The confirmation of a send.</summary>
/// <param name="MessageId">The message's id.</param>
/// <param name="Sequence">Its number in the destination, from 1; 0 for a scheduled message, which is numbered when it is due, and for a message
/// to a topic without subscriptions, which is not kept. Sent again when it has become due, it has its number.</param>
/// <param name="Durability">What the message survives.</param>
/// <param name="IsDuplicate">Whether a message of this id had been sent before, so that nothing was added.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Receipt(MessageId MessageId, long Sequence, Durability Durability, bool IsDuplicate)
{
    // One byte, so that a receipt has the size of four words.
    private readonly byte _previous;

    /// <summary>Gets what had become of the first message, if this one was a duplicate: a duplicate of a message that was settled long ago is
    /// never delivered.</summary>
    /// <value>The default value is <see langword="null"/>: it was no duplicate, or what became of the first one is not known. That is so for a
    /// scheduled message that became due, or was cancelled, in an earlier version of this library.</value>
    public PreviousSend? Previous
    {
        get => _previous == 0 ? null : (PreviousSend)_previous;
        init => _previous = (byte)(value ?? 0);
    }
}
