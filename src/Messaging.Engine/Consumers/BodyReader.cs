using Messaging.Storage;
using Messaging.Subscriptions;

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
                null when default(T) is null => default!,
                ReadOnlyMemory<byte> memory when typeof(T) == typeof(byte[]) => (T)(object)memory.ToArray(),
                byte[] array when typeof(T) == typeof(ReadOnlyMemory<byte>) => (T)(object)new ReadOnlyMemory<byte>(array),
                null => throw new BodyFormatException($"The body is null and cannot be read as {typeof(T)}."),
                object other => throw new BodyFormatException($"The body is of type {other.GetType()} and cannot be read as {typeof(T)}."),
            };
        }

        if (typeof(T) == typeof(ReadOnlyMemory<byte>))
        {
            return (T)(object)bytes;
        }

        if (typeof(T) == typeof(byte[]))
        {
            return (T)(object)bytes.ToArray();
        }

        try
        {
            return serializer.Deserialize<T>(bytes);
        }
        catch (Exception exception)
        {
            throw new BodyFormatException($"The body of {bytes.Length:N0} bytes cannot be read as {typeof(T)}: {exception.Message}", exception);
        }
    }

    /// <summary>Makes a delivery of a message, or dead-letters it because its body cannot be read.</summary>
    public static bool TryDeliver<T>(BrokerContext context, in LeasedMessage message, Subscription subscription, out Delivery<T> delivery)
    {
        try
        {
            delivery = ToDelivery<T>(context, message, subscription);
            return true;
        }
        catch (BodyFormatException exception)
        {
            subscription.Reject(message.Token, DeadLetterReason.Unreadable, exception.ToString());
            delivery = default;
            return false;
        }
    }

    private static Delivery<T> ToDelivery<T>(BrokerContext context, in LeasedMessage message, Subscription subscription)
    {
        Record record = message.Item.Record;
        RecordHead head = record.IsEncoded
            ? RecordCodec.ReadHead(record.Payload)
            : new RecordHead(context.Epoch, record.SentAt, record.Extras, default);
        T body = Read<T>(record, head.Body, context.Options.Serializer);
        MessageLog log = message.Item.Cursor.Log;
        var info = new DeliveryInfo
        {
            Destination = head.Extras?.Destination ?? log.Name,
            Headers = head.Extras?.Headers,
            MessageId = head.Extras?.Id ?? context.IdOf(head.Epoch, log.Id, message.Item.Sequence),
            Sequence = message.Item.Sequence,
            SentAtTicks = head.SentAt,
            Token = message.Token,
            Attempt = message.Item.Attempts,
            Failures = message.Item.Failures,
        };
        return new Delivery<T>(body, info, subscription);
    }
}
