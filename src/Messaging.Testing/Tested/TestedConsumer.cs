using Messaging.Diagnostics;

namespace Messaging.Testing.Tested;

/// <summary>A consumer whose loops are followed.</summary>
internal sealed class TestedConsumer<T>(BrokerSession session, string subscription, IConsumer<T> inner) : IConsumer<T>
{
    public IAsyncEnumerable<Delivery<T>> ReadAllAsync(CancellationToken cancellationToken = default) =>
        new TestedDeliveryStream<T>(session, subscription, inner.ReadAllAsync(cancellationToken));

    public ValueTask<Delivery<T>> ReceiveAsync(CancellationToken cancellationToken = default) =>
        session.CallAsync(async () =>
        {
            Delivery<T> delivery = await inner.ReceiveAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            if (session.BeforeDelivery is { } before)
            {
                await before(subscription, delivery.Token).ConfigureAwait(WorkContext.IsCurrent);
            }

            return session.Wrap(delivery);
        });

    public bool TryReceive(out Delivery<T> delivery)
    {
        (bool received, delivery) = session.Call(() => inner.TryReceive(out Delivery<T> found) ? (true, session.Wrap(found)) : (false, default));
        return received;
    }

    public ValueTask<IReadOnlyList<Delivery<T>>> ReceiveBatchAsync(
        int maxMessages, TimeSpan maxWait, CancellationToken cancellationToken = default) =>
        session.CallAsync<IReadOnlyList<Delivery<T>>>(async () =>
        {
            IReadOnlyList<Delivery<T>> batch = await inner.ReceiveBatchAsync(maxMessages, maxWait, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            return [.. batch.Select(delivery => session.Wrap(delivery))];
        });

    public ValueTask DisposeAsync() => session.CallAsync(inner.DisposeAsync);
}
