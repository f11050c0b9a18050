using System.Buffers.Binary;

namespace Messaging.Sqlite.Format;

/// <summary>A message's id as sixteen bytes.</summary>
internal static class IdBytes
{
    public const int Length = 16;

    public static void Write(MessageId id, Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, id.High);
        BinaryPrimitives.WriteUInt64BigEndian(target[sizeof(ulong)..], id.Low);
    }

    /// <exception cref="InvalidDataException">There are not sixteen bytes.</exception>
    public static MessageId Read(ReadOnlySpan<byte> source) =>
        source.Length == Length
            ? new MessageId(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[sizeof(ulong)..]))
            : throw new InvalidDataException($"A message id has {source.Length} bytes instead of {Length}.");
}
