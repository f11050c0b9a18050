namespace Messaging.PerfTests.Reporting;

/// <summary>Costs against size: drawn by <see cref="ChartSvg"/>, written down by <see cref="ChartTable"/>.</summary>
/// <param name="Scenario">The scenario, which also names the files.</param>
/// <param name="Title">What is shown.</param>
/// <param name="SizeName">What the size counts.</param>
/// <param name="Panels">The costs, by unit.</param>
internal sealed record CostChart(string Scenario, string Title, string SizeName, IReadOnlyList<CostPanel> Panels)
{
    /// <summary>Gets all sizes that occur, ascending.</summary>
    public IReadOnlyList<long> Sizes { get; } =
        [.. Panels.SelectMany(static p => p.Series).SelectMany(static s => s.Points).Select(static p => p.Size).Distinct().Order()];
}
