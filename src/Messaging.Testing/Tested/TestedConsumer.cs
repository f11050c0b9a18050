using Messaging.Diagnostics;
using Messaging.Testing.Calls;
using Messaging.Testing.Following;

namespace Messaging.Testing.Tested;

/// <summary>A consumer whose loops are followed.</summary>
internal sealed class TestedConsumer<T>(BrokerSession session, string subscription, IConsumer<T> inner) : IConsumer<T>
{
    public IAsyncEnumerable<Delivery<T>> ReadAllAsync(CancellationToken cancellationToken = default) =>
        new TestedDeliveryStream<T>(session, subscription, inner.ReadAllAsync(cancellationToken));

    // None of the receiving methods is asynchronous: the flow is noted in the context of the caller.
    public ValueTask<Delivery<T>> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        FollowedFlow? flow = FollowedCode.Enter();
        flow?.Receive();
        return session.CallAsync(async () =>
        {
            Delivery<T> delivery = await inner.ReceiveAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            if (session.BeforeDelivery is { } before)
            {
                await before(subscription, delivery.Token).ConfigureAwait(WorkContext.IsCurrent);
            }

            return Take(delivery, flow);
        });
    }

    public bool TryReceive(out Delivery<T> delivery)
    {
        FollowedFlow? flow = FollowedCode.Enter();
        flow?.Receive();
        (bool received, delivery) = session.Call(() => inner.TryReceive(out Delivery<T> found) ? (true, Take(found, flow)) : (false, default));
        return received;
    }

    public ValueTask<IReadOnlyList<Delivery<T>>> ReceiveBatchAsync(
        int maxMessages, TimeSpan maxWait, CancellationToken cancellationToken = default)
    {
        FollowedFlow? flow = FollowedCode.Enter();
        flow?.Receive();
        return session.CallAsync<IReadOnlyList<Delivery<T>>>(async () =>
        {
            IReadOnlyList<Delivery<T>> batch = await inner.ReceiveBatchAsync(maxMessages, maxWait, cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
            return [.. batch.Select(delivery => Take(delivery, flow))];
        });
    }

    public ValueTask DisposeAsync() => session.CallAsync(inner.DisposeAsync);

    private Delivery<T> Take(in Delivery<T> delivery, FollowedFlow? flow)
    {
        if (flow is not null)
        {
            session.Hold(flow, subscription, delivery);
        }

        return CalledSettler<T>.Wrap(session, delivery, flow);
    }
}
