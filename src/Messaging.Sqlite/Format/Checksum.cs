using System.Buffers.Binary;
using System.Numerics;

namespace Messaging.Sqlite.Format;

/// <summary>CRC-32C, by which damage is found that SQLite, which keeps no checksums of its pages, would hand on.</summary>
internal static class Checksum
{
    public const int Length = sizeof(uint);

    /// <param name="data">The bytes.</param>
    /// <param name="seed">A number that is bound to the bytes, such as that of their row.</param>
    public static uint Of(ReadOnlySpan<byte> data, long seed)
    {
        uint crc = BitOperations.Crc32C(uint.MaxValue, (ulong)seed);
        while (data.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        foreach (byte rest in data)
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return ~crc;
    }

    /// <summary>Computes the checksum of a row of up to three numbers and some bytes.</summary>
    public static uint OfRow(long first, long second, long third, ReadOnlySpan<byte> bytes)
    {
        uint crc = BitOperations.Crc32C(uint.MaxValue, (ulong)first);
        crc = BitOperations.Crc32C(crc, (ulong)second);
        crc = BitOperations.Crc32C(crc, (ulong)third);
        return Of(bytes, ((long)crc << 32) | (uint)bytes.Length);
    }

    /// <summary>Writes the checksum of what follows into the first bytes.</summary>
    public static void Seal(Span<byte> block, long seed) => BinaryPrimitives.WriteUInt32LittleEndian(block, Of(block[Length..], seed));

    /// <summary>Returns what follows the checksum, if it is right.</summary>
    /// <exception cref="InvalidDataException">The bytes are damaged.</exception>
    public static ReadOnlySpan<byte> Open(ReadOnlySpan<byte> block, long seed) =>
        block.Length >= Length && BinaryPrimitives.ReadUInt32LittleEndian(block) == Of(block[Length..], seed)
            ? block[Length..]
            : throw new InvalidDataException("A checksum is wrong.");
}
