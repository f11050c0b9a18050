namespace Messaging.Workers;

/// <summary>A call of a handler that runs.</summary>
/// <param name="Number">The delivery number.</param>
/// <param name="Until">When it is over its time, in UTC ticks.</param>
/// <param name="MessageId">The message's id.</param>
/// <param name="Sequence">The message's number.</param>
/// <param name="Destination">Where the message was sent to.</param>
internal readonly record struct RunningCall(long Number, long Until, MessageId MessageId, long Sequence, string Destination);
