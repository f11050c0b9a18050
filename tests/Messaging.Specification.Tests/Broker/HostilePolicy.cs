namespace Messaging.Specification.Tests.Broker;

/// <summary>A retry policy that does what a test wants.</summary>
internal sealed class HostilePolicy(Func<int, TimeSpan> delayAfter, Func<int>? maxFailures = null) : RetryPolicy
{
    public override int MaxFailures => maxFailures?.Invoke() ?? 9;

    public override TimeSpan DelayAfter(int failures, ulong seed) => delayAfter(failures);

    public static HostilePolicy ThatThrows() => new(_ => throw new InvalidOperationException("the policy's own fault"));
}
