namespace Messaging.Testing.Faults.Judging;

/// <summary>Rules that end together.</summary>
internal sealed class FaultGroup(IReadOnlyList<FaultRule> rules) : IDisposable
{
    public void Dispose()
    {
        foreach (FaultRule rule in rules)
        {
            rule.Dispose();
        }
    }
}
