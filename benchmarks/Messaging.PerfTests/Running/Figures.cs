using HdrHistogram;

namespace Messaging.PerfTests.Running;

/// <summary>The medians of several rounds of one contender, and all their latencies together.</summary>
internal sealed record Figures(double PerSecond, double BytesPerMessage, double CpuMicrosecondsPerMessage, Latency? Latency)
{
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
            latencies is null ? null : Latency.Of(latencies));
    }
}
