using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Messaging.Diagnostics;
using Messaging.Records;

namespace Messaging.Cursors;

/// <summary>The byte format of a cursor: floor, next, acked ranges, the counts of messages that were handed over, the suspension, and the subscription's last activity.</summary>
internal static class CursorCodec
{
    /// <summary>Writes a state.</summary>
    /// <param name="output">Receives the bytes.</param>
    /// <param name="state">The state.</param>
    /// <param name="started">The messages whose handling has begun, with their counts; they are in nobody's counts yet or anew.</param>
    /// <param name="activity">When the subscription was last used, in UTC ticks; 0 for never.</param>
    public static void Write(
        IBufferWriter<byte> output, CursorState state, ReadOnlySpan<KeyValuePair<long, RetryCounts>> started, long activity)
    {
        VarInt.Write(output, (ulong)state.Floor);
        VarInt.Write(output, (ulong)(state.Next - state.Floor));
        int count = state.Acked.RangeCount - (state.Acked.RangeCount > 0 && SeededBugs.Is(SeededBug.ForgetRangeStored) ? 1 : 0);
        VarInt.Write(output, (ulong)count);
        long at = state.Floor;
        foreach ((long first, long last) in state.Acked)
        {
            if (count-- == 0)
            {
                break;
            }

            VarInt.Write(output, (ulong)(first - at));
            VarInt.Write(output, (ulong)(last - first));
            at = last;
        }

        VarInt.Write(output, (ulong)state.Counts.Count);
        if (state.Counts.Count > 0)
        {
            foreach ((long sequence, RetryCounts counts) in state.Counts)
            {
                RetryCountsCodec.Write(output, state.Floor, sequence, counts, hasBegun: false);
            }
        }

        VarInt.Write(output, (ulong)started.Length);
        foreach ((long sequence, RetryCounts counts) in started)
        {
            RetryCountsCodec.Write(output, state.Floor, sequence, counts, hasBegun: true);
        }

        VarInt.Write(output, state.IsSuspended ? (ulong)(state.SuspendedAt - state.Floor) + 1 : 0);
        VarInt.Write(output, (ulong)Math.Max(0, state.Aside - state.Floor));
        VarInt.Write(output, (ulong)(activity / TimeSpan.TicksPerMillisecond));
    }

    /// <summary>Reads a state.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="closedCleanly">Whether the broker stopped in order. Otherwise what had been started counts as failed once more.</param>
    /// <param name="next">The number that was next when the state was written.</param>
    /// <param name="activity">When the subscription was last used, in UTC ticks; 0 for never.</param>
    /// <exception cref="InvalidDataException">The bytes are damaged.</exception>
    public static CursorState Read(ReadOnlySpan<byte> data, bool closedCleanly, out long next, out long activity)
    {
        int position = 0;
        long floor = CursorNumbers.ReadAfter(data, ref position, 0);
        next = CursorNumbers.ReadAfter(data, ref position, floor);
        List<(long First, long Last)> ranges = ReadRanges(data, ref position, floor);
        var counts = new Dictionary<long, RetryCounts>();
        for (int list = 0; list < 2; list++)
        {
            for (ulong left = VarInt.Read(data, ref position); left > 0; left--)
            {
                RetryCountsCodec.Read(data, ref position, floor, closedCleanly, counts);
            }
        }

        ulong suspended = VarInt.Read(data, ref position);
        CursorNumbers.Check(suspended <= (ulong)(long.MaxValue - floor));
        long suspendedAt = suspended == 0 ? long.MaxValue : floor + (long)(suspended - 1);
        CursorNumbers.Check(next <= suspendedAt && (ranges.Count == 0 || ranges[^1].Last < suspendedAt) && counts.Keys.All(sequence => sequence < suspendedAt));
        long aside = CursorNumbers.ReadAfter(data, ref position, floor);
        ulong milliseconds = VarInt.Read(data, ref position);
        CursorNumbers.Check(milliseconds <= (ulong)(DateTime.MaxValue.Ticks / TimeSpan.TicksPerMillisecond) && position == data.Length);
        activity = (long)milliseconds * TimeSpan.TicksPerMillisecond;
        var state = new CursorState(floor);
        state.Restore(CollectionsMarshal.AsSpan(ranges), counts, next, suspendedAt, aside);
        return state;
    }

    // There may be thousands, and they are read when a process begins: waiting for better code would cost more than reading them.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static List<(long First, long Last)> ReadRanges(ReadOnlySpan<byte> data, ref int position, long floor)
    {
        // A list is never presized by what the bytes say: each element takes some, so damage ends it soon.
        var ranges = new List<(long First, long Last)>();
        long at = floor;
        for (ulong left = VarInt.Read(data, ref position); left > 0; left--)
        {
            long first = CursorNumbers.ReadAfter(data, ref position, at);
            CursorNumbers.Check(first > (ranges.Count == 0 ? floor : at + 1));
            at = CursorNumbers.ReadAfter(data, ref position, first);
            CursorNumbers.Check(at < long.MaxValue);
            ranges.Add((first, at));
        }

        return ranges;
    }
}
