using Messaging.PerfTests.Running;
using Messaging.PerfTests.Scenarios;

namespace Messaging.PerfTests.Reporting;

/// <summary>The outcome of a whole run.</summary>
internal sealed record Report(
    MachineFacts Machine,
    double? OthersShare,
    bool Quick,
    int Rounds,
    IReadOnlyList<ComparisonRow> Comparisons,
    IReadOnlyList<LimitRow> Limits,
    IReadOnlyList<string> Failures)
{
    /// <summary>Gets the lines of the contests with others than ourselves.</summary>
    public IReadOnlyList<SideRow> SideBySide { get; init; } = [];

    /// <summary>Gets what a reader of the lines must know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Gets what was not measured, with the reason.</summary>
    public IReadOnlyList<string> Skipped { get; init; } = [];

    /// <summary>Puts together what the scenarios of a run have given.</summary>
    public static Report Of(
        MachineFacts machine, double? othersShare, RunOptions options, IReadOnlyList<ScenarioResult> results, IReadOnlyList<string> failures) =>
        new(
            machine,
            othersShare,
            options.Quick,
            options.Rounds,
            [.. results.SelectMany(static r => r.Comparisons)],
            [.. results.SelectMany(static r => r.Limits)],
            failures)
        {
            SideBySide = [.. results.SelectMany(static r => r.SideBySide)],
            Notes = [.. results.SelectMany(static r => r.Notes)],
            Skipped = [.. results.SelectMany(static r => r.Skipped)],
        };

    /// <summary>Lists the results that are further from their target than it allows.</summary>
    public IEnumerable<Miss> Misses()
    {
        foreach (ComparisonRow row in Comparisons)
        {
            if (row.Target is { Gated: true, Value: { } wanted } && row.Ratio < wanted / row.Target.Guard)
            {
                yield return new Miss($"{row.Scenario} {row.Case}: ratio {row.Ratio:0.000} is below half of {wanted}", row.Target.IsOfSpeed);
            }
        }

        foreach (LimitRow row in Limits)
        {
            if (row.Target is { Gated: true, Value: { } wanted } && row.Misses(wanted, row.Target.Guard))
            {
                yield return new Miss($"{row.Scenario} {row.What}: {row.Ours:0.00} {row.Unit} is far from {wanted}", row.Target.IsOfSpeed);
            }
        }
    }
}
