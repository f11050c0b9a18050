namespace Messaging;

/// <summary>Overloads that need no knowledge of a subscription's inside.</summary>
public static class SubscriptionExtensions
{
    /// <summary>Starts a handler that returns a <see cref="Task"/>.</summary>
    /// <inheritdoc cref="ISubscription.Handle{T}"/>
    public static IWorker Handle<T>(
        this ISubscription subscription,
        Func<Delivery<T>, CancellationToken, Task> handler,
        HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        ArgumentNullException.ThrowIfNull(handler);
        return subscription.Handle<T>((delivery, cancellationToken) => new ValueTask(handler(delivery, cancellationToken)), options);
    }
}
