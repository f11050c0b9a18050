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
    // Machines that are shared move by tens of percents from run to run. Half of the target tells a real loss from that.
    private const double Guard = 2;

    /// <summary>Lists the results that are worse than half of their target.</summary>
    public IEnumerable<string> Misses()
    {
        foreach (ComparisonRow row in Comparisons)
        {
            if (row.Target is { Gated: true, Value: { } wanted } && row.Ratio < wanted / Guard)
            {
                yield return $"{row.Scenario} {row.Case}: ratio {row.Ratio:0.000} is below half of {wanted}";
            }
        }

        foreach (LimitRow row in Limits)
        {
            if (row.Target is { Gated: true, Value: { } wanted } && row.Misses(wanted, Guard))
            {
                yield return $"{row.Scenario} {row.What}: {row.Ours:0.00} {row.Unit} is {(row.MoreIsBetter ? "below half of" : "over twice")} {wanted}";
            }
        }
    }
}
