using Messaging.Diagnostics;

namespace Messaging.Topology;

/// <summary>The making of subscriptions, which waits for the store.</summary>
internal static class SubscriptionDeclaration
{
    /// <summary>Gets a subscription, and makes it if there is none of its name. Waits until it is stored.</summary>
    public static async ValueTask<ISubscription> SubscribeAsync(
        BrokerTopology topology, string pattern, string name, SubscriptionOptions? options, CancellationToken cancellationToken)
    {
        DestinationName.ValidatePattern(pattern);
        DestinationName.Validate(name);
        if (options is QueueOptions)
        {
            throw new ArgumentException("A subscription takes SubscriptionOptions; QueueOptions are for queues.", nameof(options));
        }

        OptionCheck.Check(options);

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TopicSubscription subscription = topology.GetSubscription(pattern, name, options, out SubscriptionOptions? inUse, out Task? removal);
            if (removal is null)
            {
                OptionCheck.CheckSame("subscription", name, options, inUse);
                await WorkContext.Of(subscription.Declared).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
                subscription.Core.Parts.Limiter.Check();
                return subscription;
            }

            // The name is free when the store has forgotten the old one: it must never hold two of a name.
            await WorkContext.Of(removal).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        }
    }
}
