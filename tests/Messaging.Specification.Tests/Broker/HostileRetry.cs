namespace Messaging.Specification.Tests.Broker;

/// <summary>A retry policy that does what the test wants when it is compared or described.</summary>
internal sealed class HostileRetry(Func<bool> equals, Func<string> describe) : RetryPolicy
{
    public override int MaxFailures => 9;

    public override TimeSpan DelayAfter(int failures, ulong seed) => TimeSpan.FromSeconds(1);

    public override bool Equals(object? obj) => equals();

    public override int GetHashCode() => 0;

    public override string ToString() => describe();
}
