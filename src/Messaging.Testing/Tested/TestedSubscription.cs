using Messaging.Testing.Calls;

namespace Messaging.Testing.Tested;

/// <summary>What queues and subscriptions to topics have in common: their handlers and loops are followed.</summary>
internal abstract class TestedSubscription(BrokerSession session, ISubscription inner) : ISubscription
{
    public string Name => inner.Name;

    public string Pattern => inner.Pattern;

    public SubscriptionStatistics Statistics => session.Call(() => inner.Statistics);

    public IDeadLetterQueue DeadLetters => new TestedDeadLetterQueue(session, inner.DeadLetters);

    public bool IsPaused => inner.IsPaused;

    public int OpenConsumers => inner.OpenConsumers;

    public DateTimeOffset LastActivity => inner.LastActivity;

    public bool IsSuspended => inner.IsSuspended;

    protected BrokerSession Session => session;

    public void Pause() => session.Call(inner.Pause);

    public void Resume() => session.Call(inner.Resume);

    public IConsumer<T> Consumer<T>(ConsumerOptions? options = null) =>
        new TestedConsumer<T>(session, inner.Name, session.Call(() => inner.Consumer<T>(options)));

    public IWorker Handle<T>(Func<Delivery<T>, CancellationToken, ValueTask> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var tested = new TestedHandler<T>(session, inner.Name, handler);
        return new TestedWorker(session, session.Call(() => inner.Handle<T>(tested.CallAsync, options)));
    }
}
