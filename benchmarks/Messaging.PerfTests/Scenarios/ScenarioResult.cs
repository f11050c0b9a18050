using Messaging.PerfTests.Reporting;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The lines that a scenario adds to the report.</summary>
internal sealed record ScenarioResult(IReadOnlyList<ComparisonRow> Comparisons, IReadOnlyList<LimitRow> Limits)
{
    /// <summary>Gets the charts of costs against size, where the scenario draws some.</summary>
    public IReadOnlyList<CostChart> Charts { get; init; } = [];

    public static ScenarioResult Of(IEnumerable<ComparisonRow> comparisons) => new([.. comparisons], []);
}
