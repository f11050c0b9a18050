using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Broker;

/// <summary>A retry policy that leaves ambient state behind, and retries at once.</summary>
internal sealed class LeavingPolicy(AmbientState state) : RetryPolicy
{
    public override int MaxFailures => 9;

    public override TimeSpan DelayAfter(int failures, ulong seed)
    {
        state.Leave("the policy", new ForeignContext());
        return TimeSpan.Zero;
    }
}
