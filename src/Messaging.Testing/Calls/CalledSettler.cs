using Messaging.Testing.Following;

namespace Messaging.Testing.Calls;

/// <summary>The settlements of one delivery, each a call of the session.</summary>
internal sealed class CalledSettler<T>(BrokerSession session, Delivery<T> delivery, FollowedFlow? flow) : IDeliverySettler
{
    /// <summary>Gives a delivery whose settlements are calls like all others.</summary>
    public static Delivery<T> Wrap(BrokerSession session, in Delivery<T> delivery, FollowedFlow? flow = null) => new(
        delivery.Body,
        new DeliveryInfo
        {
            Destination = delivery.Destination,
            Headers = delivery.Headers,
            MessageId = delivery.MessageId,
            Sequence = delivery.Sequence,
            SentAtTicks = delivery.SentAt.UtcTicks,
            Token = delivery.Token,
            Attempt = delivery.Attempt,
            Failures = delivery.Failures,
        },
        new CalledSettler<T>(session, delivery, flow));

    public ValueTask<Settlement> AckAsync(DeliveryToken token, CancellationToken cancellationToken) =>
        SettleAsync(() => delivery.AckAsync(cancellationToken));

    public ValueTask<Settlement> NackAsync(DeliveryToken token, TimeSpan? delay, string? reason, CancellationToken cancellationToken) =>
        SettleAsync(() => delivery.NackAsync(delay, reason, cancellationToken));

    public ValueTask<Settlement> DeadLetterAsync(DeliveryToken token, string reason, CancellationToken cancellationToken) =>
        SettleAsync(() => delivery.DeadLetterAsync(reason, cancellationToken));

    public Settlement Extend(DeliveryToken token, TimeSpan duration) => session.Call(() => delivery.Extend(duration));

    public CancellationToken GetLeaseLost(DeliveryToken token) => session.Call(() => delivery.LeaseLost);

    // Not asynchronous: the flow is noted in the context of the caller.
    private ValueTask<Settlement> SettleAsync(Func<ValueTask<Settlement>> settle)
    {
        flow?.Settle();
        return session.CallAsync(settle);
    }
}
