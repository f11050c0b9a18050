using HdrHistogram;

namespace Messaging.PerfTests.Running;

/// <summary>The medians of several rounds of one contender, and all their latencies together.</summary>
internal sealed record Figures(double PerSecond, double BytesPerMessage, double CpuMicrosecondsPerMessage, Latency? Latency)
{
    /// <summary>Gets the part of the processor time that a server in other processes took; <see langword="null"/> if there is none.</summary>
    public double? ServerCpuMicrosecondsPerMessage { get; private init; }

    public static Figures Of(IReadOnlyList<Measurement> rounds)
    {
        LongHistogram? latencies = null;
        foreach (Measurement round in rounds)
        {
            if (round.Latencies is { } histogram)
            {
                latencies ??= Latency.NewHistogram();
                latencies.Add(histogram);
            }
        }

        return new Figures(
            Median.Of(rounds.Select(static r => r.PerSecond)),
            Median.Of(rounds.Select(static r => r.BytesPerMessage)),
            Median.Of(rounds.Select(static r => r.CpuMicrosecondsPerMessage)),
            latencies is null ? null : Latency.Of(latencies))
        {
            ServerCpuMicrosecondsPerMessage = rounds.All(static r => r.ServerCpu is not null)
                ? Median.Of(rounds.Select(static r => r.ServerCpuMicrosecondsPerMessage!.Value))
                : null,
        };
    }
}
