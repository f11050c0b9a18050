namespace Messaging.PerfTests.Reporting;

/// <summary>What one thing cost at one size.</summary>
/// <param name="Size">How many there were.</param>
/// <param name="Cost">The cost of each, in the panel's unit.</param>
internal readonly record struct CostPoint(long Size, double Cost);
