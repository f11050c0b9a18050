using Messaging.Diagnostics;

namespace Messaging.Testing.Observing;

/// <summary>What one broker tells, until it has crashed: what a dead process does is seen by nobody.</summary>
internal sealed class EngineObserver(ObservationRecorder recorder) : DeliveryObserver
{
    private volatile bool _ended;

    /// <summary>Gets or sets what is told of each delivery that ends.</summary>
    public Action<string, DeliveryToken>? Ended { get; set; }

    /// <summary>Hears nothing more.</summary>
    public void End() => _ended = true;

    public override void OnDelivered<T>(string subscription, in Delivery<T> delivery)
    {
        if (_ended)
        {
            return;
        }

        recorder.AddDelivery(recorder.New(ObservationKind.Delivered) with
        {
            MessageId = delivery.MessageId,
            Destination = delivery.Destination,
            Subscription = subscription,
            Sequence = delivery.Sequence,
            Token = delivery.Token,
            Attempt = delivery.Attempt,
            Failures = delivery.Failures,
            Body = delivery.Body,
        });
    }

    public override void OnEnded(string subscription, DeliveryToken token, DeliveryEnd end, long due, string? reason)
    {
        if (!_ended)
        {
            recorder.AddEnd(subscription, token, KindOf(end), due, reason);
            Ended?.Invoke(subscription, token);
        }
    }

    public override void OnDeadLettered(string subscription, string destination, long sequence, DeadLetterReason reason, string description)
    {
        if (!_ended)
        {
            recorder.AddRemoval(ObservationKind.DeadLettered, subscription, destination, sequence, $"{reason}: {description}");
        }
    }

    public override void OnDropped(string subscription, string destination, long sequence)
    {
        if (!_ended)
        {
            recorder.AddRemoval(ObservationKind.Dropped, subscription, destination, sequence, reason: null);
        }
    }

    private static ObservationKind KindOf(DeliveryEnd end) => end switch
    {
        DeliveryEnd.Acked => ObservationKind.Acked,
        DeliveryEnd.Nacked => ObservationKind.Nacked,
        DeliveryEnd.Rejected => ObservationKind.Rejected,
        DeliveryEnd.Expired => ObservationKind.LeaseLost,
        _ => ObservationKind.Returned,
    };
}
