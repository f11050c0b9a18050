namespace Messaging.Testing.Following;

/// <summary>The deliveries that loops of code under test hold: each counts as work of its loop until it ends.</summary>
internal sealed class HeldDeliveries
{
    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Subscription, DeliveryToken Token), FollowedFlow> _flows = [];

    /// <summary>Has a delivery count as work of the flow that has received it, until it ends.</summary>
    public void Hold<T>(FollowedFlow flow, string subscription, in Delivery<T> delivery)
    {
        lock (_gate)
        {
            _flows.Add((subscription, delivery.Token), flow);
        }

        flow.Hold(new DeliveryName(subscription, delivery.MessageId, delivery.Attempt));
    }

    /// <summary>Notes that a delivery has ended, whoever holds it.</summary>
    public void Release(string subscription, DeliveryToken token)
    {
        FollowedFlow? flow;
        lock (_gate)
        {
            _flows.Remove((subscription, token), out flow);
        }

        flow?.Release();
    }
}
