using System.Globalization;

namespace Messaging;

/// <summary>A message that a subscription has given up, with the story of it.</summary>
public abstract class DeadLetter
{
    /// <summary>Gets the message's id.</summary>
    public required MessageId MessageId { get; init; }

    /// <summary>Gets the number in the dead-letter queue, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>Gets the queue or topic that the message was sent to.</summary>
    public required string Destination { get; init; }

    /// <summary>Gets the message's number in that destination.</summary>
    public required long OriginalSequence { get; init; }

    /// <summary>Gets the kind of reason.</summary>
    public required DeadLetterReason Reason { get; init; }

    /// <summary>Gets what the consumer said, or the last failure: an exception's type, message and stack, at most 4,096 characters.</summary>
    public required string Description { get; init; }

    /// <summary>Gets the number of deliveries.</summary>
    public required int Attempts { get; init; }

    /// <summary>Gets the number of failures.</summary>
    public required int Failures { get; init; }

    /// <summary>Gets the time of sending.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>Gets the time of dead-lettering.</summary>
    public required DateTimeOffset DeadLetteredAt { get; init; }

    /// <summary>Gets the sender's headers.</summary>
    public required MessageHeaders Headers { get; init; }

    /// <summary>Reads the body.</summary>
    /// <typeparam name="T">The type to read it as; <see cref="ReadOnlyMemory{T}"/> of bytes gives it as stored.</typeparam>
    /// <exception cref="BodyFormatException">It cannot be read as one.</exception>
    public abstract T ReadBody<T>();

    /// <summary>Describes the dead letter in one line, without the description, the headers and the body.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"Dead letter {Sequence}: message {OriginalSequence} of '{Destination}' ({MessageId}), {Reason} after {Failures} failures");
}
