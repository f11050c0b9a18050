using System.Runtime.CompilerServices;
using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Leases;
using Messaging.Logs;
using Messaging.Records;

namespace Messaging.Consumers;

/// <summary>The translation of a record into what a consumer is handed.</summary>
internal static class BodyReader
{
    /// <exception cref="BodyFormatException">The body is of another type, or cannot be deserialized.</exception>
    public static T Read<T>(in Record record, ReadOnlyMemory<byte> bytes, IMessageSerializer serializer)
    {
        if (!record.IsEncoded)
        {
            return record.Body switch
            {
                T body => body,
                null when default(T) is null && !RawBody.Is(typeof(T)) => default!,
                object raw when RawBody.TryGet(raw, out ReadOnlyMemory<byte> given) && RawBody.TryRead(given, out T? body) => body,
                null => throw new BodyFormatException($"The body is null and cannot be read as {TypeName.Of(typeof(T))}."),
                object other => throw new BodyFormatException($"The body is of type {TypeName.Of(other.GetType())} and cannot be read as {TypeName.Of(typeof(T))}."),
            };
        }

        if (RawBody.TryRead(bytes, out T? stored))
        {
            return stored;
        }

        try
        {
            return serializer.Deserialize<T>(bytes);
        }
        catch (Exception exception)
        {
            throw new BodyFormatException($"The body of {bytes.Length:N0} bytes cannot be read as {TypeName.Of(typeof(T))}: {SafeText.MessageOf(exception)}", exception);
        }
    }

    /// <summary>Makes a delivery of a reserved message whose body is there as it was sent.</summary>
    /// <param name="context">What the parts of the broker share.</param>
    /// <param name="lease">The message.</param>
    /// <param name="settler">Who settles it.</param>
    /// <param name="isUnread">Whether it is not: the body must be read, which is done under the lease. See <see cref="Open"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Delivery<T> ToDelivery<T>(BrokerContext context, in Lease lease, IDeliverySettler settler, out bool isUnread)
    {
        ref readonly Record record = ref lease.Item.Record;
        if (record.IsEncoded || record.Body is not T body)
        {
            isUnread = true;
            return default;
        }

        isUnread = false;
        return new Delivery<T>(body, Describe(context, lease.Item, lease.Number, context.Epoch, record.SentAt, record.Extras), settler);
    }

    /// <summary>Copies what is needed of a reserved message to read its body later. Nothing of the user's is called.</summary>
    public static UnreadMessage Open(BrokerContext context, in Lease lease)
    {
        Record record = lease.Item.Record;
        RecordHead head = record.IsEncoded
            ? RecordCodec.ReadHead(record.Payload)
            : new RecordHead(context.Epoch, record.SentAt, record.Extras, default);
        return new UnreadMessage(record, head.Body, Describe(context, lease.Item, lease.Number, head.Epoch, head.SentAt, head.Extras));
    }

    /// <summary>Reads the body of a message that is leased. A serializer that hangs holds its caller, and the lease ends by itself.</summary>
    /// <param name="message">The message.</param>
    /// <param name="serializer">The serializer.</param>
    /// <param name="settler">Who settles it.</param>
    /// <param name="failure">Why the body cannot be read; <see langword="null"/> when it can.</param>
    public static Delivery<T> Read<T>(in UnreadMessage message, IMessageSerializer serializer, IDeliverySettler settler, out BodyFormatException? failure)
    {
        failure = null;
        T body;
        try
        {
            body = Read<T>(message.Record, message.Body, serializer);
        }
        catch (BodyFormatException exception)
        {
            failure = exception;
            body = default!;
        }

        return new Delivery<T>(body, message.Info, settler);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static DeliveryInfo Describe(BrokerContext context, in Buffered item, long number, uint epoch, long sentAt, MessageExtras? extras)
    {
        MessageLog log = item.Cursor.Log;
        return new DeliveryInfo
        {
            Destination = extras?.Destination ?? log.Name,
            Headers = extras?.Headers,
            MessageId = extras?.Id ?? context.IdOf(epoch, log.Id, item.Sequence),
            Sequence = item.Sequence,
            SentAtTicks = sentAt,
            Token = new DeliveryToken(context.Epoch, number),
            Attempt = item.Attempts,
            Failures = item.Failures,
        };
    }
}
