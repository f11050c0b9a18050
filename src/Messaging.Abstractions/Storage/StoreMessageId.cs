namespace Messaging.Storage;

/// <summary>The id of a message that its sender named, remembered to recognize a repetition.</summary>
/// <param name="Ordinal">The place in the order of remembering, from 1.</param>
/// <param name="Log">The log that the message was sent to.</param>
/// <param name="MessageId">The id.</param>
/// <param name="Sequence">The message's number in the log; 0 while it is scheduled.</param>
public readonly record struct StoreMessageId(long Ordinal, int Log, MessageId MessageId, long Sequence);
