using System.Runtime.CompilerServices;
using Messaging.Diagnostics;
using Messaging.Leases;
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
            throw new BodyFormatException($"The body of {bytes.Length:N0} bytes cannot be read as {typeof(T)}: {SafeText.MessageOf(exception)}", exception);
        }
    }

    /// <summary>Makes a delivery of a reserved message.</summary>
    /// <param name="context">What the parts of the broker share.</param>
    /// <param name="lease">The message.</param>
    /// <param name="subscription">Who settles it.</param>
    /// <param name="failure">Why the body cannot be read; <see langword="null"/> when it can.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Delivery<T> ToDelivery<T>(BrokerContext context, in Lease lease, Subscription subscription, out BodyFormatException? failure)
    {
        ref readonly Record record = ref lease.Item.Record;
        if (record.IsEncoded || record.Body is not T body)
        {
            return Convert<T>(context, lease, subscription, out failure);
        }

        failure = null;
        return new Delivery<T>(body, Describe(context, lease, context.Epoch, record.SentAt, record.Extras), subscription);
    }

    private static Delivery<T> Convert<T>(BrokerContext context, in Lease lease, Subscription subscription, out BodyFormatException? failure)
    {
        Record record = lease.Item.Record;
        RecordHead head = record.IsEncoded
            ? RecordCodec.ReadHead(record.Payload)
            : new RecordHead(context.Epoch, record.SentAt, record.Extras, default);
        failure = null;
        T body;
        try
        {
            body = Read<T>(record, head.Body, context.Options.Serializer);
        }
        catch (BodyFormatException exception)
        {
            failure = exception;
            body = default!;
        }

        return new Delivery<T>(body, Describe(context, lease, head.Epoch, head.SentAt, head.Extras), subscription);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static DeliveryInfo Describe(BrokerContext context, in Lease lease, uint epoch, long sentAt, MessageExtras? extras)
    {
        MessageLog log = lease.Item.Cursor.Log;
        return new DeliveryInfo
        {
            Destination = extras?.Destination ?? log.Name,
            Headers = extras?.Headers,
            MessageId = extras?.Id ?? context.IdOf(epoch, log.Id, lease.Item.Sequence),
            Sequence = lease.Item.Sequence,
            SentAtTicks = sentAt,
            Token = new DeliveryToken(context.Epoch, lease.Number),
            Attempt = lease.Item.Attempts,
            Failures = lease.Item.Failures,
        };
    }
}
