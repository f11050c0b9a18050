using System.Runtime.CompilerServices;
using System.Text;
using Messaging.Context;
using Messaging.Diagnostics;
using Messaging.Records;
using Messaging.Validation;

namespace Messaging.Producers;

/// <summary>The translation of what a sender gives into a record, with all checks that need nothing but the message.</summary>
internal static class MessageEncoder
{
    [ThreadStatic]
    private static BoundedBuffer? _buffer;

    private static readonly Type[] _looked =
        [typeof(byte[]), typeof(ReadOnlyMemory<byte>), typeof(Memory<byte>), typeof(ArraySegment<byte>), typeof(string), typeof(char)];

    /// <summary>Tells whether a body of a type is never bytes nor text, whatever object it is, so that each of its bodies need not be looked at.</summary>
    public static bool IsPlain(Type type)
    {
        Type kind = Nullable.GetUnderlyingType(type) ?? type;
        return !Array.Exists(_looked, kind.IsAssignableFrom);
    }

    /// <param name="context">What the parts of the broker share.</param>
    /// <param name="body">The body.</param>
    /// <param name="extras">What the record says beside the body.</param>
    /// <param name="serialize">Whether the body is kept as bytes.</param>
    /// <param name="isPlain">Whether <see cref="IsPlain"/> holds for the type.</param>
    /// <exception cref="MessageTooLargeException">The body or the headers are over a limit.</exception>
    /// <exception cref="BodyFormatException">The serializer failed.</exception>
    public static Record Encode<T>(BrokerContext context, T body, MessageExtras? extras, bool serialize, bool isPlain = false)
    {
        int limit = context.Options.MaxBodyBytes;
        ReadOnlyMemory<byte> raw = default;
        bool isRaw = !isPlain && RawBody.TryGet(body, out raw);
        if (!isPlain && !isRaw)
        {
            DemandStorable(context.Options, body);
        }

        if (isRaw && raw.Length > limit)
        {
            throw new MessageTooLargeException("Body bytes (BrokerOptions.MaxBodyBytes)", raw.Length, limit);
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
            throw new MessageTooLargeException("Number of headers (BrokerOptions.MaxHeaders)", headers.Count, options.MaxHeaders);
        }

        long bytes = 0;
        foreach ((string key, string value) in headers)
        {
            bytes += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value);
        }

        return bytes > options.MaxHeaderBytes
            ? throw new MessageTooLargeException("Header bytes (BrokerOptions.MaxHeaderBytes)", bytes, options.MaxHeaderBytes)
            : headers.ToFrozen();
    }

    /// <summary>Refuses what a file would change without a word, in memory too.</summary>
    /// <exception cref="ArgumentNullException">The body is null, and of a type that is stored as its bytes.</exception>
    /// <exception cref="BodyFormatException">The body is text that JSON would change.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DemandStorable<T>(BrokerOptions options, T body)
    {
        if (body is null)
        {
            DemandNoBytes(typeof(T));
        }
        else if (body is string text && WellFormed.IndexOfHalf(text) >= 0)
        {
            DemandOwnSerializer(options, text);
        }
        else if (body is char letter && char.IsSurrogate(letter))
        {
            DemandOwnSerializer(options, letter.ToString());
        }
    }

    private static void DemandNoBytes(Type type)
    {
        if (RawBody.Is(type))
        {
            throw new ArgumentNullException("body", $"A body of type {TypeName.Of(type)} is stored as its bytes, and null has none. Send an empty one. Nothing was sent.");
        }
    }

    /// <summary>A serializer of the application's may write any text; JSON in UTF-8 puts another letter in the place of half a pair.</summary>
    private static void DemandOwnSerializer(BrokerOptions options, string text)
    {
        if (options.WritesJson)
        {
            int half = WellFormed.IndexOfHalf(text);
            throw new BodyFormatException(
                $"The body, a text, has half of a surrogate pair (\\u{(int)text[half]:x4}) at index {half}, which JSON cannot hold. "
                + "Send well-formed text, or its bytes as byte[]. Nothing was sent.");
        }
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
            throw new BodyFormatException($"The body of type {TypeName.Of(typeof(T))} could not be serialized: {SafeText.MessageOf(exception)} Nothing was sent.", exception);
        }
    }
}
