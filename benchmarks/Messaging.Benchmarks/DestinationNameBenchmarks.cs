using BenchmarkDotNet.Attributes;

namespace Messaging.Benchmarks;

/// <summary>The check of names and patterns.</summary>
[MemoryDiagnoser]
public class DestinationNameBenchmarks
{
    [Params("orders", "shop.orders.eu-west_1.priority")]
    public string Name { get; set; } = "";

    [Benchmark]
    public string Validate() => DestinationName.Validate(Name);

    [Benchmark]
    public string ValidatePattern() => DestinationName.ValidatePattern(Name);
}
