using Messaging.Diagnostics;
using Messaging.Producers;
using Messaging.Subscriptions;
using Messaging.Topology;

namespace Messaging.Lifecycle;

/// <summary>The end of everything that needs the store, when the store has failed.</summary>
internal static class StoreFailure
{
    /// <summary>Ends the deliveries and the waiting for room that the store could confirm nothing of. What lives in memory goes on.</summary>
    public static void End(BrokerTopology topology, StoreException failure)
    {
        (Subscription[] subscriptions, Destination[] destinations) = topology.ListAll(closes: false);
        string why = $"Nothing was sent: {SafeText.MessageOf(failure)}";
        foreach (Subscription subscription in subscriptions)
        {
            subscription.Parts.Control.Fail(failure);
            subscription.Parts.Limiter.Close(new StoreException(why, failure) { MustReopen = true });
        }

        foreach (Destination destination in destinations.Where(destination => destination.Log.IsStored))
        {
            destination.Admission.Close(new StoreException(why, failure) { MustReopen = true });
        }
    }
}
