using System.Buffers;
using System.Runtime.CompilerServices;

namespace Messaging.Records;

/// <summary>Unsigned integers of variable length: seven bits a byte, least significant first (LEB128).</summary>
internal static class VarInt
{
    public static void Write(IBufferWriter<byte> output, ulong value)
    {
        Span<byte> span = output.GetSpan(10);
        int length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[length++] = (byte)value;
        output.Advance(length);
    }

    /// <remarks>Compiled at its best at once: an opening calls it tens of thousands of times.</remarks>
    /// <exception cref="InvalidDataException">The bytes end early, or the number is over 64 bits.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Read(ReadOnlySpan<byte> span, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64 && at < span.Length; shift += 7)
        {
            byte b = span[at++];
            if (shift == 63 && b > 1)
            {
                break;
            }

            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("A number in a stored state is damaged.");
    }
}
