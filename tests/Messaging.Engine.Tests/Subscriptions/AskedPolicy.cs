namespace Messaging.Engine.Tests.Subscriptions;

/// <summary>A policy of the application's own that says when it is asked.</summary>
internal sealed class AskedPolicy : RetryPolicy
{
    public Action? Asked { get; set; }

    public override int MaxFailures => 3;

    public override TimeSpan DelayAfter(int failures, ulong seed)
    {
        Asked?.Invoke();
        return TimeSpan.FromSeconds(5);
    }
}
