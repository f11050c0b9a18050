using Messaging.PerfTests.Reporting;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The lines that a scenario adds to the report.</summary>
internal sealed record ScenarioResult(IReadOnlyList<ComparisonRow> Comparisons, IReadOnlyList<LimitRow> Limits)
{
    public static ScenarioResult Of(IEnumerable<ComparisonRow> comparisons) => new([.. comparisons], []);
}
