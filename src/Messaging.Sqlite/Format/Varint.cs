namespace Messaging.Sqlite.Format;

/// <summary>Numbers in as few bytes as they need: seven bits a byte, the lowest first, the high bit where more follow.</summary>
internal static class Varint
{
    public const int MaxLength = 10;

    public static int Length(ulong value)
    {
        int length = 1;
        while (value >= 0x80)
        {
            value >>= 7;
            length++;
        }

        return length;
    }

    /// <summary>Writes a number and returns the position behind it.</summary>
    public static int Write(Span<byte> target, int position, ulong value)
    {
        while (value >= 0x80)
        {
            target[position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[position++] = (byte)value;
        return position;
    }

    /// <summary>Reads a number and moves the position behind it.</summary>
    /// <exception cref="InvalidDataException">The bytes end before the number does, or it has too many.</exception>
    public static ulong Read(ReadOnlySpan<byte> source, ref int position)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if ((uint)position >= (uint)source.Length)
            {
                break;
            }

            byte next = source[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("A number is cut off.");
    }

    /// <summary>Reads a length or count that must fit into what is there.</summary>
    public static int ReadLength(ReadOnlySpan<byte> source, ref int position, int limit)
    {
        ulong value = Read(source, ref position);
        return value <= (ulong)limit ? (int)value : throw new InvalidDataException($"A length of {value} is over its limit of {limit}.");
    }

    /// <summary>Reads the length of the bytes that follow it, which must all be there.</summary>
    public static int ReadBlockLength(ReadOnlySpan<byte> source, ref int position)
    {
        int length = ReadLength(source, ref position, source.Length);
        return length <= source.Length - position ? length : throw new InvalidDataException("Bytes are cut off.");
    }
}
