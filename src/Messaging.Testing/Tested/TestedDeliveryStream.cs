using Messaging.Testing.Calls;

namespace Messaging.Testing.Tested;

/// <summary>All deliveries of a consumer; whoever goes through them is followed.</summary>
internal sealed class TestedDeliveryStream<T>(BrokerSession session, string subscription, IAsyncEnumerable<Delivery<T>> inner) : IAsyncEnumerable<Delivery<T>>
{
    // Not asynchronous: what is set here as the current activity must stay set for the loop that calls it.
    public IAsyncEnumerator<Delivery<T>> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new TestedDeliveryEnumerator<T>(session, subscription, session.Call(() => inner.GetAsyncEnumerator(cancellationToken)));
}
