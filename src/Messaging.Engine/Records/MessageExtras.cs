namespace Messaging.Records;

/// <summary>What only some messages have: headers, an id of their sender's, the story of a dead letter.</summary>
internal sealed record MessageExtras
{
    public MessageHeaders? Headers { get; init; }

    /// <summary>The id, where it is not the one that follows from log and sequence number.</summary>
    public MessageId? Id { get; init; }

    /// <summary>The topic that a redriven message was sent to, where it is not the log's name.</summary>
    public string? Destination { get; init; }

    /// <summary>The time in UTC ticks from which the message's age counts, where it is not that of its sending; 0 for none.</summary>
    public long AgesFrom { get; init; }

    public DeadLetterNote? Dead { get; init; }
}
