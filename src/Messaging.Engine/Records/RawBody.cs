using System.Diagnostics.CodeAnalysis;

namespace Messaging.Records;

/// <summary>Bodies that are bytes already: they are stored as they are, and no serializer sees them.</summary>
internal static class RawBody
{
    /// <summary>Tells whether a type of bodies is one of bytes. Its null is not: a store keeps bytes, and no bytes are an empty body.</summary>
    public static bool Is(Type type)
    {
        Type kind = Nullable.GetUnderlyingType(type) ?? type;
        return kind == typeof(byte[]) || kind == typeof(ReadOnlyMemory<byte>) || kind == typeof(Memory<byte>) || kind == typeof(ArraySegment<byte>);
    }

    /// <summary>Gets the bytes of a body that is one of bytes.</summary>
    public static bool TryGet<T>(T body, out ReadOnlyMemory<byte> bytes)
    {
        switch (body)
        {
            case ReadOnlyMemory<byte> memory:
                bytes = memory;
                return true;
            // For the runtime, an array of signed bytes or of an enumeration of bytes is one of bytes, too. For a reader it is not.
            case byte[] array when array.GetType() == typeof(byte[]):
                bytes = array;
                return true;
            case Memory<byte> memory:
                bytes = memory;
                return true;
            case ArraySegment<byte> segment:
                bytes = segment;
                return true;
            default:
                bytes = default;
                return false;
        }
    }

    /// <summary>Gives bytes as the type that a consumer asks for. What can be written to is a copy.</summary>
    /// <returns>Whether it is a type of bytes.</returns>
    public static bool TryRead<T>(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out T? body)
    {
        if (typeof(T) == typeof(ReadOnlyMemory<byte>) || typeof(T) == typeof(ReadOnlyMemory<byte>?))
        {
            body = (T)(object)bytes;
        }
        else if (typeof(T) == typeof(byte[]))
        {
            body = (T)(object)bytes.ToArray();
        }
        else if (typeof(T) == typeof(Memory<byte>) || typeof(T) == typeof(Memory<byte>?))
        {
            body = (T)(object)new Memory<byte>(bytes.ToArray());
        }
        else if (typeof(T) == typeof(ArraySegment<byte>) || typeof(T) == typeof(ArraySegment<byte>?))
        {
            body = (T)(object)new ArraySegment<byte>(bytes.ToArray());
        }
        else
        {
            body = default;
            return false;
        }

        return true;
    }
}
