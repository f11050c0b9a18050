using System.Diagnostics;
using HdrHistogram;

namespace Messaging.PerfTests.Running;

/// <summary>Percentiles of a latency, in microseconds.</summary>
internal sealed record Latency(double P50, double P99, double P999, long Samples)
{
    private const long OneMinute = 60_000_000_000;

    /// <summary>Creates a histogram of nanoseconds up to a minute, exact to three digits.</summary>
    public static LongHistogram NewHistogram() => new(OneMinute, 3);

    public static Latency Of(LongHistogram nanoseconds) => new(
        nanoseconds.GetValueAtPercentile(50) / 1_000.0,
        nanoseconds.GetValueAtPercentile(99) / 1_000.0,
        nanoseconds.GetValueAtPercentile(99.9) / 1_000.0,
        nanoseconds.TotalCount);

    /// <summary>Folds raw timestamp differences, taken where a histogram would have cost too much, into one.</summary>
    public static LongHistogram FromTimestamps(ReadOnlySpan<long> ticks)
    {
        LongHistogram histogram = NewHistogram();
        foreach (long value in ticks)
        {
            long nanoseconds = (long)(value * (1e9 / Stopwatch.Frequency));
            histogram.RecordValue(Math.Clamp(nanoseconds, 1, OneMinute));
        }

        return histogram;
    }
}
