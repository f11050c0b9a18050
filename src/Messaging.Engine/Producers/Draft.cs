using Messaging.Records;
using Messaging.Scheduling;

namespace Messaging.Producers;

/// <summary>One message of a send, encoded, with what its options ask for.</summary>
/// <param name="Record">The record.</param>
/// <param name="Id">Its id; <see langword="null"/> for one that follows from its position in the log.</param>
/// <param name="Due">When it enters its log; 0 for at once.</param>
/// <param name="IsNamed">Whether the sender gave the id, by which a repetition is known.</param>
internal readonly record struct Draft(Record Record, MessageId? Id, long Due, bool IsNamed)
{
    /// <summary>Checks and encodes a message.</summary>
    /// <param name="destination">Where it goes.</param>
    /// <param name="body">The body.</param>
    /// <param name="options">The options; <see langword="null"/> for none.</param>
    /// <param name="isPlain">Whether <see cref="MessageEncoder.IsPlain"/> holds for the type.</param>
    /// <exception cref="MessageTooLargeException">The body or the headers are over a limit.</exception>
    /// <exception cref="BodyFormatException">The body cannot be stored, or the serializer failed.</exception>
    public static Draft Of<T>(Destination destination, T body, SendOptions? options, bool isPlain)
    {
        bool delayed = options is not null && options.Delay > TimeSpan.Zero;
        long due = delayed ? DueTime.After(destination.Context.Clock.Now, options!.Delay.Ticks) : 0;
        MessageHeaders? headers = MessageEncoder.CheckHeaders(destination.Context.Options, options?.Headers);
        MessageId? id = options?.MessageId ?? (delayed ? destination.Context.NextLooseId() : null);
        MessageExtras? extras = headers is null && id is null ? null : new MessageExtras { Headers = headers, Id = id, AgesFrom = due };
        Record record = MessageEncoder.Encode(destination.Context, body, extras, destination.Serializes, isPlain);
        return new Draft(record, id, due, options?.MessageId is not null);
    }
}
