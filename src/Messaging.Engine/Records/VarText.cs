using System.Buffers;
using System.Text;

namespace Messaging.Records;

/// <summary>Texts of variable length: the number of their bytes, then UTF-8.</summary>
internal static class VarText
{
    public static void Write(IBufferWriter<byte> output, string text)
    {
        int bytes = Encoding.UTF8.GetByteCount(text);
        VarInt.Write(output, (ulong)bytes);
        Span<byte> span = output.GetSpan(bytes);
        output.Advance(Encoding.UTF8.GetBytes(text, span));
    }

    public static string Read(ReadOnlySpan<byte> span, ref int at)
    {
        int bytes = checked((int)VarInt.Read(span, ref at));
        string text = Encoding.UTF8.GetString(span.Slice(at, bytes));
        at += bytes;
        return text;
    }
}
