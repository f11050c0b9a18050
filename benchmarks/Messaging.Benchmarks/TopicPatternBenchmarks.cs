using BenchmarkDotNet.Attributes;
using Messaging.Topology;

namespace Messaging.Benchmarks;

/// <summary>The matching of one topic's name with a pattern.</summary>
[MemoryDiagnoser]
public class TopicPatternBenchmarks
{
    private TopicPattern _pattern = null!;

    [Params("shop.orders.eu.placed", "shop.*.eu.placed", "shop.#", "#.eu.*")]
    public string Pattern { get; set; } = "";

    [GlobalSetup]
    public void SetUp() => _pattern = new TopicPattern(Pattern);

    [Benchmark(Baseline = true)]
    public bool Match() => _pattern.Matches("shop.orders.eu.placed") ? true : throw new InvalidOperationException("It should match.");

    [Benchmark]
    public bool Mismatch() => _pattern.Matches("bank.orders.us.placed") ? throw new InvalidOperationException("It should not match.") : true;
}
