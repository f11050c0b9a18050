using Messaging.PerfTests.Reporting;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The lines that a scenario adds to the report.</summary>
internal sealed record ScenarioResult(IReadOnlyList<ComparisonRow> Comparisons, IReadOnlyList<LimitRow> Limits)
{
    /// <summary>Gets the charts of costs against size, where the scenario draws some.</summary>
    public IReadOnlyList<CostChart> Charts { get; init; } = [];

    /// <summary>Gets the lines of a contest with others than ourselves.</summary>
    public IReadOnlyList<SideRow> SideBySide { get; init; } = [];

    /// <summary>Gets what a reader of the lines must know: versions, and what each side promises.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Gets what was not measured, with the reason.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];

    /// <summary>Gets the processor time of a server that the scenario started, which is not "others".</summary>
    public TimeSpan ServerCpu { get; init; }

    public static ScenarioResult Of(IEnumerable<ComparisonRow> comparisons) => new([.. comparisons], []);
}
