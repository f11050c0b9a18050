namespace Messaging.PerfTests.Reporting;

/// <summary>A figure that stands beside another one, to judge it by.</summary>
/// <param name="Name">What it is of.</param>
/// <param name="Value">The figure, in the unit of the other one.</param>
internal sealed record Beside(string Name, double Value);
