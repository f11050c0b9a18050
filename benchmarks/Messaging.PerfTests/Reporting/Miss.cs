namespace Messaging.PerfTests.Reporting;

/// <summary>A result that is further from its target than the target allows.</summary>
/// <param name="Text">What missed what.</param>
/// <param name="IsOfSpeed">Whether a busy machine may be to blame.</param>
internal sealed record Miss(string Text, bool IsOfSpeed);
