namespace Messaging.Testing.Tested;

/// <summary>The settlements of one delivery.</summary>
internal sealed class TestedSettler<T>(BrokerSession session, Delivery<T> delivery) : IDeliverySettler
{
    public ValueTask<Settlement> AckAsync(DeliveryToken token, CancellationToken cancellationToken) =>
        session.CallAsync(() => delivery.AckAsync(cancellationToken));

    public ValueTask<Settlement> NackAsync(DeliveryToken token, TimeSpan? delay, string? reason, CancellationToken cancellationToken) =>
        session.CallAsync(() => delivery.NackAsync(delay, reason, cancellationToken));

    public ValueTask<Settlement> DeadLetterAsync(DeliveryToken token, string reason, CancellationToken cancellationToken) =>
        session.CallAsync(() => delivery.DeadLetterAsync(reason, cancellationToken));

    public Settlement Extend(DeliveryToken token, TimeSpan duration) => session.Call(() => delivery.Extend(duration));

    public CancellationToken GetLeaseLost(DeliveryToken token) => session.Call(() => delivery.LeaseLost);
}
