using Messaging.Testing.Running;

namespace Messaging.Testing.Tested;

/// <summary>The settlements of one delivery.</summary>
internal sealed class TestedSettler<T>(BrokerSession session, Delivery<T> delivery, FollowedFlow? flow) : IDeliverySettler
{
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
