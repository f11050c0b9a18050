namespace Messaging;

/// <summary>A named place in one or more logs of messages, shared by its competing consumers.</summary>
/// <remarks>
/// A subscription to topics is durable: it keeps its place and collects messages while nobody consumes.
/// All members may be called from any thread.
/// </remarks>
public interface ISubscription
{
    /// <summary>Gets the name.</summary>
    string Name { get; }

    /// <summary>Gets the pattern of the topics it draws from; for a queue, its name.</summary>
    string Pattern { get; }

    /// <summary>Gets the counts as of now.</summary>
    SubscriptionStatistics Statistics { get; }

    /// <summary>Gets the messages that were given up.</summary>
    IDeadLetterQueue DeadLetters { get; }

    /// <summary>Gets a value indicating whether deliveries are paused.</summary>
    bool IsPaused { get; }

    /// <summary>Gets the number of consumers and handlers that are open now.</summary>
    int OpenConsumers { get; }

    /// <summary>Gets when it was last used: created, a consumer opened or closed, a message delivered, a delivery failed or its lease ended.</summary>
    /// <value>To within a lease, since an ack is not timed by itself. On a store it is written together with the places of
    /// the subscription and at an orderly stop, never by a commit of its own, so a crash may set it back to the last of
    /// these. One that draws from no topic yet begins anew when the broker is opened.</value>
    DateTimeOffset LastActivity { get; }

    /// <summary>Gets a value indicating whether it collects nothing more, because its backlog reached a limit with <see cref="BacklogAction.Suspend"/>.</summary>
    bool IsSuspended { get; }

    /// <summary>Stops deliveries. Messages already delivered keep their leases; sending goes on.</summary>
    void Pause();

    /// <summary>Resumes deliveries after <see cref="Pause"/>, and collecting after a suspension: from the present end of
    /// each topic on. What passed by meanwhile does not come. It is durable within about a millisecond. Let consumers make
    /// room first: a backlog that is still too old, or one message later too large, suspends it again.</summary>
    void Resume();

    /// <summary>Creates a consumer. Consumers of one subscription compete: each message goes to one of them.</summary>
    /// <typeparam name="T">The type of the bodies. A body that cannot be read as one is dead-lettered with the reason.</typeparam>
    /// <param name="options">The options; <see langword="null"/> means the defaults.</param>
    IConsumer<T> Consumer<T>(ConsumerOptions? options = null);

    /// <summary>Starts a handler: a message is acked when it returns, retried when it throws, and dead-lettered when the retries are used up.</summary>
    /// <typeparam name="T">The type of the bodies.</typeparam>
    /// <param name="handler">Called once per delivery, at most <see cref="HandlerOptions.Concurrency"/> at a time, never on a
    /// sender's thread. Its token is cancelled when the lease is lost or the time to stop is up. Each call begins with nobody's ambient state: no
    /// async-local value, culture, activity or transaction of whoever starts the handler, or of another call.</param>
    /// <param name="options">The options; <see langword="null"/> means the defaults.</param>
    /// <returns>The running worker; dispose it to stop.</returns>
    IWorker Handle<T>(Func<Delivery<T>, CancellationToken, ValueTask> handler, HandlerOptions? options = null);
}
