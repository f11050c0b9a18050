namespace Messaging.PerfTests.Reporting;

/// <summary>A figure that is held against a limit of its own rather than against a base line; less is better.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="What">What was measured.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Control">The same over a file of one message: what any opening costs.</param>
/// <param name="Ours">The figure.</param>
/// <param name="Target">The most that is wanted.</param>
internal sealed record LimitRow(string Scenario, string What, string Unit, double Control, double Ours, Target Target);
