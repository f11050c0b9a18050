using System.Threading.Channels;
using Messaging.PerfTests.Running;
using Messaging.PerfTests.Scenarios;

namespace Messaging.PerfTests.Baselines;

/// <summary>The base line in memory: bounded channels of the same capacity, with nothing around them.</summary>
internal static class RawChannel
{
    public const int Capacity = 4096;

    public static Channel<Payload> Create() => Channel.CreateBounded<Payload>(Capacity);

    /// <summary>Writes the numbers of a range, each to all the channels.</summary>
    public static async Task WriteAsync(IReadOnlyList<ChannelWriter<Payload>> writers, long first, long count)
    {
        for (long number = first; number < first + count; number++)
        {
            Payload payload = Payload.Of(number);
            for (int i = 0; i < writers.Count; i++)
            {
                await writers[i].WriteAsync(payload);
            }
        }
    }

    public static async Task WriteAsync(ChannelWriter<Payload> writer, long first, long count)
    {
        for (long number = first; number < first + count; number++)
        {
            await writer.WriteAsync(Payload.Of(number));
        }
    }

    public static async Task ReadAsync(ChannelReader<Payload> reader, Tally tally)
    {
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out Payload? payload))
            {
                tally.Add(payload.Number);
            }
        }
    }
}
