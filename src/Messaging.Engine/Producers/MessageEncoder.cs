using System.Runtime.CompilerServices;
using System.Text;
using Messaging.Diagnostics;
using Messaging.Storage;
using Messaging.Subscriptions;

namespace Messaging.Producers;

/// <summary>The translation of what a sender gives into a record, with all checks that need nothing but the message.</summary>
internal static class MessageEncoder
{
    [ThreadStatic]
    private static BoundedBuffer? _buffer;

    /// <exception cref="MessageTooLargeException">The body or the headers are over a limit.</exception>
    /// <exception cref="BodyFormatException">The serializer failed.</exception>
    public static Record Encode<T>(BrokerContext context, T body, MessageExtras? extras, bool serialize)
    {
        int limit = context.Options.MaxBodyBytes;
        ReadOnlyMemory<byte> raw = default;
        bool isRaw = true;
        if (body is ReadOnlyMemory<byte> memory)
        {
            raw = memory;
        }
        else if (body is byte[] array)
        {
            raw = array;
        }
        else
        {
            isRaw = false;
        }

        if (isRaw && raw.Length > limit)
        {
            throw new MessageTooLargeException("Body bytes", raw.Length, limit);
        }

        long now = context.Clock.Coarse;
        long sentAt = context.Clock.ToWallAsSeen(now);
        if (sentAt != now)
        {
            extras = WithAge(extras, now);
        }

        if (!serialize)
        {
            return new Record(body, sentAt, extras);
        }

        BoundedBuffer buffer = _buffer ?? new BoundedBuffer();
        _buffer = null;
        buffer.Reset();
        RecordCodec.WriteHead(buffer, context.Epoch, sentAt, extras);
        buffer.BeginBody(limit);
        if (isRaw)
        {
            raw.Span.CopyTo(buffer.GetSpan(raw.Length));
            buffer.Advance(raw.Length);
        }
        else
        {
            Serialize(context.Options.Serializer, body, buffer);
        }

        Record record = RecordMemory.Keep(buffer.Written);
        _buffer = buffer.IsWorthKeeping ? buffer : null;
        return record;
    }

    /// <exception cref="MessageTooLargeException">There are too many, or they are too large.</exception>
    public static MessageHeaders? CheckHeaders(BrokerOptions options, MessageHeaders? headers)
    {
        if (headers is null || headers.Count == 0)
        {
            return null;
        }

        if (headers.Count > options.MaxHeaders)
        {
            throw new MessageTooLargeException("Number of headers", headers.Count, options.MaxHeaders);
        }

        long bytes = 0;
        foreach ((string key, string value) in headers)
        {
            bytes += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
        }

        return bytes > options.MaxHeaderBytes
            ? throw new MessageTooLargeException("Header bytes", bytes, options.MaxHeaderBytes)
            : headers.ToFrozen();
    }

    /// <summary>Has a message age in the broker's time, in which the wall clock makes no steps.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static MessageExtras WithAge(MessageExtras? extras, long now) =>
        extras is { AgesFrom: not 0 } ? extras : (extras ?? new MessageExtras()) with { AgesFrom = now };

    private static void Serialize<T>(IMessageSerializer serializer, T body, BoundedBuffer buffer)
    {
        try
        {
            serializer.Serialize(body, buffer);
        }
        catch (Exception exception) when (exception is not MessageTooLargeException)
        {
            throw new BodyFormatException($"The body of type {typeof(T)} could not be serialized: {SafeText.MessageOf(exception)} Nothing was sent.", exception);
        }
    }
}
