namespace Messaging;

/// <summary>What is known of a message and of one hand-over of it; for engines and transports.</summary>
public readonly struct DeliveryInfo
{
    /// <summary>Gets the queue or topic that the message was sent to.</summary>
    public required string Destination { get; init; }

    /// <summary>Gets the headers, or <see langword="null"/> for none.</summary>
    public MessageHeaders? Headers { get; init; }

    /// <summary>Gets the message's id.</summary>
    public required MessageId MessageId { get; init; }

    /// <summary>Gets the message's number in its destination.</summary>
    public required long Sequence { get; init; }

    /// <summary>Gets the UTC ticks of the time of sending.</summary>
    public required long SentAtTicks { get; init; }

    /// <summary>Gets the fencing token.</summary>
    public required DeliveryToken Token { get; init; }

    /// <summary>Gets the ordinal of this delivery.</summary>
    public required int Attempt { get; init; }

    /// <summary>Gets the number of failures before this delivery.</summary>
    public required int Failures { get; init; }
}
