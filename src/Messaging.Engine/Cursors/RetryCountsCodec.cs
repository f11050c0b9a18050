using System.Buffers;
using Messaging.Diagnostics;
using Messaging.Records;

namespace Messaging.Cursors;

/// <summary>The byte format of the counts of messages that were handed over.</summary>
internal static class RetryCountsCodec
{
    private const uint Started = 1;

    /// <summary>Writes the counts of a message.</summary>
    public static void Write(IBufferWriter<byte> output, long floor, long sequence, RetryCounts counts, bool hasBegun)
    {
        VarInt.Write(output, (ulong)(sequence - floor));
        VarInt.Write(output, ((ulong)counts.Attempts << 1) | (hasBegun ? Started : 0u));
        VarInt.Write(output, (ulong)counts.Failures);
        VarInt.Write(output, (ulong)counts.Due);
    }

    /// <summary>Reads the counts of a message; if its handling had begun when the process died, it counts as failed once more.</summary>
    public static void Read(
        ReadOnlySpan<byte> data, ref int position, long floor, bool closedCleanly, Dictionary<long, RetryCounts> counts)
    {
        long sequence = CursorNumbers.ReadAfter(data, ref position, floor);
        ulong attempts = VarInt.Read(data, ref position);
        ulong failures = VarInt.Read(data, ref position);
        // Before sums of times ended at the last one there is, a long delay was stored as a time below zero: that is due at once.
        long due = Math.Max(0, (long)VarInt.Read(data, ref position));
        CursorNumbers.Check(sequence < long.MaxValue && attempts >> 1 <= int.MaxValue && failures <= int.MaxValue);
        bool died = (attempts & Started) != 0 && !closedCleanly && failures < int.MaxValue;
        if (SeededBugs.Is(SeededBug.ForgetFailures))
        {
            failures = 0;
        }

        counts[sequence] = new RetryCounts((int)(attempts >> 1), (int)failures + (died ? 1 : 0), due);
    }
}
