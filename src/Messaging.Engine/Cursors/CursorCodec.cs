using System.Buffers;
using Messaging.Storage;

namespace Messaging.Cursors;

/// <summary>The byte format of a cursor: floor, next, acked ranges, and the counts of messages that were handed over.</summary>
internal static class CursorCodec
{
    private const int Started = 1;

    /// <summary>Writes a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="started">The messages whose handling has begun, with their counts; they are in nobody's counts yet or anew.</param>
    public static byte[] Write(CursorState state, IReadOnlyList<KeyValuePair<long, RetryCounts>> started)
    {
        var output = new ArrayBufferWriter<byte>(32);
        VarInt.Write(output, (ulong)state.Floor);
        VarInt.Write(output, (ulong)(state.Next - state.Floor));
        IReadOnlyList<(long First, long Last)> ranges = state.AckedRanges;
        VarInt.Write(output, (ulong)ranges.Count);
        long at = state.Floor;
        for (int i = 0; i < ranges.Count; i++)
        {
            VarInt.Write(output, (ulong)(ranges[i].First - at));
            VarInt.Write(output, (ulong)(ranges[i].Last - ranges[i].First));
            at = ranges[i].Last;
        }

        VarInt.Write(output, (ulong)state.Counts.Count);
        foreach ((long sequence, RetryCounts counts) in state.Counts)
        {
            WriteCounts(output, state.Floor, sequence, counts, flags: 0);
        }

        VarInt.Write(output, (ulong)started.Count);
        for (int i = 0; i < started.Count; i++)
        {
            WriteCounts(output, state.Floor, started[i].Key, started[i].Value, Started);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads a state.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="closedCleanly">Whether the broker stopped in order. Otherwise what had been started counts as failed once more.</param>
    /// <param name="next">The number that was next when the state was written.</param>
    public static CursorState Read(ReadOnlySpan<byte> data, bool closedCleanly, out long next)
    {
        int position = 0;
        long floor = (long)VarInt.Read(data, ref position);
        next = floor + (long)VarInt.Read(data, ref position);
        var ranges = new (long First, long Last)[(int)VarInt.Read(data, ref position)];
        long at = floor;
        for (int i = 0; i < ranges.Length; i++)
        {
            long first = at + (long)VarInt.Read(data, ref position);
            at = first + (long)VarInt.Read(data, ref position);
            ranges[i] = (first, at);
        }

        var counts = new Dictionary<long, RetryCounts>();
        for (int list = 0; list < 2; list++)
        {
            ulong length = VarInt.Read(data, ref position);
            for (ulong i = 0; i < length; i++)
            {
                ReadCounts(data, ref position, floor, closedCleanly, counts);
            }
        }

        var state = new CursorState(floor);
        state.Restore(ranges, counts, next);
        return state;
    }

    private static void WriteCounts(IBufferWriter<byte> output, long floor, long sequence, RetryCounts counts, ulong flags)
    {
        VarInt.Write(output, (ulong)(sequence - floor));
        VarInt.Write(output, ((ulong)counts.Attempts << 1) | flags);
        VarInt.Write(output, (ulong)counts.Failures);
        VarInt.Write(output, (ulong)counts.Due);
    }

    private static void ReadCounts(
        ReadOnlySpan<byte> data, ref int position, long floor, bool closedCleanly, Dictionary<long, RetryCounts> counts)
    {
        long sequence = floor + (long)VarInt.Read(data, ref position);
        ulong attempts = VarInt.Read(data, ref position);
        int failures = (int)VarInt.Read(data, ref position);
        long due = (long)VarInt.Read(data, ref position);
        bool died = (attempts & Started) != 0 && !closedCleanly;
        counts[sequence] = new RetryCounts((int)(attempts >> 1), died ? failures + 1 : failures, due);
    }
}
