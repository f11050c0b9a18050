using System.Buffers.Binary;
using System.Text;
using Messaging.Storage;

namespace Messaging.Testing.Stores.Cases;

/// <summary>What cases store: numbers, and bytes that say whose they are, so that a record in a wrong place is seen.</summary>
internal static class Given
{
    /// <summary>The size of a record where it does not matter.</summary>
    public const int Bytes = 10;

    public static IEnumerable<StoreAppend> Records(int log, long first, int count, int bytes = Bytes) =>
        Enumerable.Range(0, count).Select(i => new StoreAppend(log, first + i, Payload(log, first + i, bytes)));

    public static byte[] Payload(int log, long sequence, int bytes = Bytes)
    {
        // Marsaglia's xorshift: the same in every process, so that a store that one process has written can be read in another.
        byte[] payload = new byte[(bytes + 7) & ~7];
        ulong state = ((ulong)log << 48) ^ ((ulong)sequence * 0x9E3779B97F4A7C15) ^ 0x2545F4914F6CDD1D;
        for (int at = 0; at < payload.Length; at += 8)
        {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(at), state);
        }

        return payload[..bytes];
    }

    public static bool IsOf(int log, StoreRecord record, int bytes) => record.Payload.Span.SequenceEqual(Payload(log, record.Sequence, bytes));

    public static IEnumerable<long> Numbers(long first, long last) => Enumerable.Range(0, (int)(last - first + 1)).Select(i => first + i);

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    public static MessageId Id(ulong number) => new(number, ~number);
}
