using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Reporting;

/// <summary>One line of the result: a contender against its base line.</summary>
internal sealed record ComparisonRow
{
    public required string Scenario { get; init; }

    public required string Case { get; init; }

    /// <summary>Gets the ratio, the result: of rates ours to base, of latencies base to ours, so that more is always better.</summary>
    public required double Ratio { get; init; }

    public required double LowestRatio { get; init; }

    public required double HighestRatio { get; init; }

    public required Target Target { get; init; }

    /// <summary>Gets a value indicating whether rates were measured; where they were not, the ratio is of the median latencies.</summary>
    public required bool HasRates { get; init; }

    public required Figures Base { get; init; }

    public required Figures Ours { get; init; }

    public static ComparisonRow OfRates(string scenario, Comparison comparison, Target target) => new()
    {
        Scenario = scenario,
        Case = comparison.Name,
        Ratio = comparison.Ratio,
        LowestRatio = comparison.Ratios[0],
        HighestRatio = comparison.Ratios[^1],
        Target = target,
        HasRates = true,
        Base = comparison.Baseline,
        Ours = comparison.Ours,
    };

    public static ComparisonRow OfLatencies(string scenario, Comparison comparison, Target target)
    {
        double ratio = comparison.Baseline.Latency!.P50 / comparison.Ours.Latency!.P50;
        return OfRates(scenario, comparison, target) with { Ratio = ratio, LowestRatio = ratio, HighestRatio = ratio, HasRates = false };
    }
}
