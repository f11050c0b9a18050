namespace Messaging.Consumers;

/// <summary>All deliveries of a consumer, one after the other.</summary>
/// <remarks>Written by hand: where a message is there, a step is a call and no state machine.</remarks>
internal sealed class DeliveryStream<T>(Consumer<T> consumer, CancellationToken callers) : IAsyncEnumerable<Delivery<T>>
{
    public IAsyncEnumerator<Delivery<T>> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new DeliveryEnumerator<T>(consumer, callers, cancellationToken);
}
