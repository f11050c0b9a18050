using Messaging.Dispatch;

namespace Messaging.Subscriptions;

/// <summary>What changes a subscription's state for those outside, each part for others: every change is a decision of the subscription.</summary>
internal sealed class SubscriptionParts(Subscription subscription, StoredBacklog backlog, DispatchBuffer buffer)
{
    /// <summary>Gets what the logs and the writer call.</summary>
    public SubscribedLogs Logs { get; } = new(subscription);

    /// <summary>Gets the coming and going of consumers.</summary>
    public ConsumerPorts Consumers { get; } = new(subscription, buffer);

    /// <summary>Gets what comes back from consumers unhandled.</summary>
    public Returning Returning { get; } = new(subscription);

    /// <summary>Gets what consumers say of deliveries.</summary>
    public Settling Settling { get; } = new(subscription);

    /// <summary>Gets what becomes of failed messages and of leases that end.</summary>
    public Failing Failing { get; } = new(subscription);

    /// <summary>Gets what gives messages up.</summary>
    public DeadLettering DeadLettering { get; } = new(subscription);

    /// <summary>Gets what keeps the backlog within its limit.</summary>
    public BacklogLimiter Limiter { get; } = new(subscription);

    /// <summary>Gets what reads messages that are in the store only.</summary>
    public StoredBacklog StoredBacklog { get; } = backlog;

    /// <summary>Gets what suspends the subscription, and has it collect again.</summary>
    public Suspending Suspending { get; } = new(subscription);

    /// <summary>Gets what pauses and ends the subscription.</summary>
    public SubscriptionControl Control { get; } = new(subscription, buffer);
}
