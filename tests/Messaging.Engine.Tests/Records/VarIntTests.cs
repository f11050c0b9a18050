using System.Buffers;
using Messaging.Records;

namespace Messaging.Engine.Tests.Records;

public sealed class VarIntTests
{
    [Theory]
    [InlineData(0UL, 1)]
    [InlineData(127UL, 1)]
    [InlineData(128UL, 2)]
    [InlineData(16_383UL, 2)]
    [InlineData(16_384UL, 3)]
    [InlineData((ulong)long.MaxValue, 9)]
    [InlineData(1UL << 63, 10)]
    [InlineData(ulong.MaxValue, 10)]
    public void Number_WrittenAndRead_IsTheSame(ulong value, int length)
    {
        byte[] data = Bytes(value, 1);
        int at = 0;

        VarInt.Read(data, ref at).Should().Be(value);

        at.Should().Be(length);
        VarInt.Read(data, ref at).Should().Be(1, "the next number begins right after");
    }

    [Fact]
    public void Number_CutShort_IsRefused()
    {
        byte[] data = Bytes(ulong.MaxValue);
        for (int length = 0; length < data.Length; length++)
        {
            data[..length].Invoking(Read).Should().Throw<InvalidDataException>();
        }
    }

    [Theory]
    [InlineData(0x02)]
    [InlineData(0x7F)]
    [InlineData(0x81)]
    public void Number_OverSixtyFourBits_IsRefused(byte last)
    {
        byte[] data = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, last, 0x00];

        data.Invoking(Read).Should().Throw<InvalidDataException>();
    }

    private static ulong Read(byte[] data)
    {
        int at = 0;
        return VarInt.Read(data, ref at);
    }

    private static byte[] Bytes(params ulong[] values)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (ulong value in values)
        {
            VarInt.Write(output, value);
        }

        return output.WrittenSpan.ToArray();
    }
}
