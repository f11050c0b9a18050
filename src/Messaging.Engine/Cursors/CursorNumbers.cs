using Messaging.Records;

namespace Messaging.Cursors;

/// <summary>The numbers in the bytes of a cursor, as they are read.</summary>
internal static class CursorNumbers
{
    /// <summary>Reads a number as its distance from another one.</summary>
    public static long ReadAfter(ReadOnlySpan<byte> data, ref int position, long start)
    {
        ulong distance = VarInt.Read(data, ref position);
        Check(distance <= (ulong)(long.MaxValue - start));
        return start + (long)distance;
    }

    /// <exception cref="InvalidDataException">The condition does not hold: the bytes are damaged.</exception>
    public static void Check(bool condition)
    {
        if (!condition)
        {
            throw new InvalidDataException("The stored state of a cursor is damaged.");
        }
    }
}
