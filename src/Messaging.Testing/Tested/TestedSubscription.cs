namespace Messaging.Testing.Tested;

/// <summary>A subscription whose handlers and loops are followed.</summary>
internal class TestedSubscription(BrokerSession session, ISubscription inner) : ISubscription
{
    public string Name => inner.Name;

    public string Pattern => inner.Pattern;

    public SubscriptionStatistics Statistics
    {
        get
        {
            using ContextScope scope = session.Enter();
            return inner.Statistics;
        }
    }

    public IDeadLetterQueue DeadLetters => new TestedDeadLetterQueue(session, inner.DeadLetters);

    public bool IsPaused => inner.IsPaused;

    public int OpenConsumers => inner.OpenConsumers;

    public DateTimeOffset LastActivity => inner.LastActivity;

    public bool IsSuspended => inner.IsSuspended;

    protected BrokerSession Session => session;

    public void Pause()
    {
        using ContextScope scope = session.Enter();
        inner.Pause();
    }

    public void Resume()
    {
        using ContextScope scope = session.Enter();
        inner.Resume();
    }

    public IConsumer<T> Consumer<T>(ConsumerOptions? options = null)
    {
        using ContextScope scope = session.Enter();
        return new TestedConsumer<T>(session, inner.Name, inner.Consumer<T>(options));
    }

    public IWorker Handle<T>(Func<Delivery<T>, CancellationToken, ValueTask> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        using ContextScope scope = session.Enter();
        return new TestedWorker(session, inner.Handle<T>(new TestedHandler<T>(session, inner.Name, handler).CallAsync, options));
    }
}
