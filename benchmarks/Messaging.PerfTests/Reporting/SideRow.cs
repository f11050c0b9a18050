using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Reporting;

/// <summary>One line of a contest with others than ourselves: who, and how that compares with the base line of the same rounds.</summary>
internal sealed record SideRow
{
    public required string Scenario { get; init; }

    public required string Case { get; init; }

    /// <summary>Gets who it is; the base line has a line of its own.</summary>
    public required string Who { get; init; }

    /// <summary>Gets the ratio: of rates to the base line's, of latencies the base line's to this one's, so that more is always better.</summary>
    public required double Ratio { get; init; }

    public required double LowestRatio { get; init; }

    public required double HighestRatio { get; init; }

    /// <summary>Gets a value indicating whether rates were measured; where they were not, the ratio is of the median latencies.</summary>
    public required bool HasRates { get; init; }

    public required Figures Figures { get; init; }

    /// <summary>Makes the lines of a contest in which rates were measured.</summary>
    public static IEnumerable<SideRow> OfRates(string scenario, string @case, string baseline, IReadOnlyList<Comparison> comparisons) =>
        [
            OfBaseline(scenario, @case, baseline, comparisons[0].Baseline, hasRates: true),
            .. comparisons.Select(c => new SideRow
            {
                Scenario = scenario,
                Case = @case,
                Who = c.Name,
                Ratio = c.Ratio,
                LowestRatio = c.Ratios[0],
                HighestRatio = c.Ratios[^1],
                HasRates = true,
                Figures = c.Ours,
            }),
        ];

    /// <summary>Makes the lines of a contest in which only latencies were measured.</summary>
    public static IEnumerable<SideRow> OfLatencies(string scenario, string @case, string baseline, IReadOnlyList<Comparison> comparisons) =>
        OfRates(scenario, @case, baseline, comparisons).Select(row =>
        {
            double ratio = comparisons[0].Baseline.Latency!.P50 / row.Figures.Latency!.P50;
            return row with { Ratio = ratio, LowestRatio = ratio, HighestRatio = ratio, HasRates = false };
        });

    private static SideRow OfBaseline(string scenario, string @case, string baseline, Figures figures, bool hasRates) => new()
    {
        Scenario = scenario,
        Case = @case,
        Who = baseline,
        Ratio = 1,
        LowestRatio = 1,
        HighestRatio = 1,
        HasRates = hasRates,
        Figures = figures,
    };
}
