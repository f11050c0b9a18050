namespace Messaging.PerfTests.Reporting;

/// <summary>The costs of a chart that share a unit and an axis.</summary>
/// <param name="Title">What is shown.</param>
/// <param name="Unit">The unit of the costs.</param>
/// <param name="Series">The costs.</param>
internal sealed record CostPanel(string Title, string Unit, IReadOnlyList<CostSeries> Series);
