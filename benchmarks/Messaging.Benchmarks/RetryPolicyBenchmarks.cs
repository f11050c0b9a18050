using BenchmarkDotNet.Attributes;

namespace Messaging.Benchmarks;

/// <summary>The delay that follows a failure.</summary>
[MemoryDiagnoser]
public class RetryPolicyBenchmarks
{
    private const ulong Seed = 0x5EED;
    private readonly RetryPolicy _fixed = RetryPolicy.Fixed(TimeSpan.FromSeconds(1));
    private readonly RetryPolicy _schedule = RetryPolicy.Schedule(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
    private readonly RetryPolicy _exponential = RetryPolicy.Default;

    [Params(1, 8)]
    public int Failures { get; set; }

    [Benchmark(Baseline = true)]
    public TimeSpan Fixed() => _fixed.DelayAfter(Failures, Seed);

    [Benchmark]
    public TimeSpan Schedule() => _schedule.DelayAfter(Failures, Seed);

    [Benchmark]
    public TimeSpan ExponentialWithFullJitter() => _exponential.DelayAfter(Failures, Seed);
}
