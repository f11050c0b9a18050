namespace Messaging;

/// <summary>The confirmation of a send.</summary>
/// <param name="MessageId">The message's id.</param>
/// <param name="Sequence">Its number in the destination, from 1; 0 for a scheduled message, which is numbered when it is due, and for a message
/// to a topic without subscriptions, which is not kept.</param>
/// <param name="Durability">What the message survives.</param>
/// <param name="IsDuplicate">Whether a message of this id had been sent before, so that nothing was added.</param>
public readonly record struct Receipt(MessageId MessageId, long Sequence, Durability Durability, bool IsDuplicate);
