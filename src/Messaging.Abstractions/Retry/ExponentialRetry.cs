namespace Messaging.Retry;

/// <summary>A delay that grows by a factor up to a cap.</summary>
internal sealed class ExponentialRetry(TimeSpan first, TimeSpan max, double factor, int maxFailures, RetryJitter jitter) : RetryPolicy
{
    public override int MaxFailures => maxFailures;

    public override TimeSpan DelayAfter(int failures, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        // In doubles a huge power becomes infinity, which the cap then takes: no overflow at any count.
        double ticks = Math.Min(max.Ticks, first.Ticks * Math.Pow(factor, failures - 1));
        if (double.IsNaN(ticks))
        {
            ticks = 0;
        }

        double drawn = jitter switch
        {
            RetryJitter.Full => ticks * Uniform(seed, failures),
            RetryJitter.Equal => ticks * (0.5 + (0.5 * Uniform(seed, failures))),
            _ => ticks,
        };
        return TimeSpan.FromTicks((long)drawn);
    }

    public override string ToString() => $"Exponential({first} × {factor} up to {max}, {maxFailures} failures, jitter {jitter})";

    /// <summary>A number in [0, 1) that depends on the message and the failure only (SplitMix64, Steele et al. 2014).</summary>
    private static double Uniform(ulong seed, int failures)
    {
        ulong z = seed + ((ulong)failures * 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return (z >> 11) * (1.0 / (1UL << 53));
    }
}
