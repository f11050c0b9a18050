using Messaging.Diagnostics;
using Messaging.Producers;
using Messaging.Subscriptions;

namespace Messaging.Topology;

/// <content>The end of everything that needs the store, when the store has failed.</content>
internal sealed partial class BrokerTopology
{
    /// <summary>Ends the deliveries and all waiting, as the death of the process would.</summary>
    public void Abandon(StoreException cause)
    {
        OnStoreFailed(cause);
        Subscription[] subscriptions;
        lock (_gate)
        {
            _closed = true;
            subscriptions = [.. _queues.Values.Select(queue => queue.Core), .. _subscriptions.Values.Select(s => s.Core)];
        }

        foreach (Subscription subscription in subscriptions)
        {
            subscription.Shut();
        }
    }

    /// <summary>Ends a lease of a queue or subscription before its time.</summary>
    /// <returns>Whether it was held.</returns>
    public bool EndLease(string name, DeliveryToken token)
    {
        Subscription? subscription;
        lock (_gate)
        {
            subscription = _queues.TryGetValue(name, out Queue? queue) ? queue.Core : _subscriptions.GetValueOrDefault(name)?.Core;
        }

        return subscription?.EndLease(token) ?? false;
    }

    /// <summary>Ends the deliveries and the waiting for room that the store could confirm nothing of. What lives in memory goes on.</summary>
    private void OnStoreFailed(StoreException failure)
    {
        Subscription[] subscriptions;
        Destination[] destinations;
        lock (_gate)
        {
            subscriptions = [.. _queues.Values.Select(queue => queue.Core), .. _subscriptions.Values.Select(s => s.Core)];
            destinations = [.. _queues.Values.Select(queue => queue.Destination), .. _topics.Values.Select(topic => topic.Destination)];
        }

        string why = $"Nothing was sent: {SafeText.MessageOf(failure)}";
        foreach (Subscription subscription in subscriptions)
        {
            subscription.Fail(failure);
            subscription.CloseBacklog(new StoreException(why, failure) { MustReopen = true });
        }

        foreach (Destination destination in destinations.Where(destination => destination.Log.IsStored))
        {
            destination.Admission.Close(new StoreException(why, failure) { MustReopen = true });
        }
    }
}
