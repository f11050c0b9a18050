namespace Messaging.Testing.Faults;

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
