using Messaging.Consumers;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Producers;
using Messaging.Redelivery;
using Messaging.Storage;
using Messaging.Subscriptions;

namespace Messaging.Topology;

/// <summary>The queues, topics and subscriptions of a broker, by name.</summary>
/// <remarks>Its lock is the outermost one, the only one under which others are taken: creating something declares it to the writer under it, so that nobody sends to a log before the store knows it.</remarks>
internal sealed partial class BrokerTopology(BrokerContext context)
{
    private readonly ScheduledMessages _scheduled = new(
        context.Options.MaxScheduled, context.Scheduler, context.Writer, context.Clock, context.Logger, context.Counts, new DeduplicationWindow(context.Options.DeduplicationWindow));

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Topic> _topics = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TopicSubscription> _subscriptions = new(StringComparer.Ordinal);
    private readonly List<ITrackedWorker> _workers = [];
    private int _workersWorthALook = 64;
    private bool _closing;
    private bool _closed;

    public BrokerContext Context => context;

    public ScheduledMessages Scheduled => _scheduled;

    public IReadOnlyCollection<ISubscription> Subscriptions
    {
        get
        {
            lock (_gate)
            {
                ThrowIfClosed();
                return [.. _subscriptions.Values.Where(subscription => subscription.Removal is null)];
            }
        }
    }

    public void ThrowIfClosed() => BrokerClosed.ThrowIf(Volatile.Read(ref _closed));

    public Queue GetQueue(string name, QueueOptions? options)
    {
        DestinationName.Validate(name);
        Check(options);
        Queue? queue;
        QueueOptions? inUse;
        lock (_gate)
        {
            ThrowIfClosed();
            if (!_queues.TryGetValue(name, out queue))
            {
                Durability? durability = Check(options?.Durability);
                MessageLog log = context.Catalog.CreateLog(StoreEntryKind.Queue, name, durability, owner: 0);
                queue = AddQueue(log, NewDeadLetters(name, log.Id, durability), new CursorState(1), storedNext: null);
                queue.Options = options ?? new QueueOptions();
                queue.Apply(queue.Options);
            }
            else if (options is not null && queue.Options is null)
            {
                SetDurability(queue.Destination.Log, options.Durability);
                queue.Options = options;
                queue.Apply(options);
            }

            inUse = queue.Options;
        }

        CheckSame("queue", name, options, inUse);
        queue.Core.KeepWithinBacklog();
        return queue;
    }

    public Topic GetTopic(string name, TopicOptions? options)
    {
        DestinationName.Validate(name);
        Topic? topic;
        TopicOptions? inUse;
        lock (_gate)
        {
            ThrowIfClosed();
            if (!_topics.TryGetValue(name, out topic))
            {
                MessageLog log = context.Catalog.CreateLog(StoreEntryKind.Topic, name, Check(options?.Durability), owner: 0);
                topic = AddTopic(log);
                topic.Options = options ?? new TopicOptions();
                topic.Apply(topic.Options);
                foreach (TopicSubscription subscription in _subscriptions.Values)
                {
                    if (subscription.Removal is null && subscription.Topics.Matches(name))
                    {
                        log.Attach(subscription.Core.AddCursor(log, new CursorState(1)));
                    }
                }
            }
            else if (options is not null && topic.Options is null)
            {
                SetDurability(topic.Destination.Log, options.Durability);
                topic.Options = options;
                topic.Apply(options);
            }

            inUse = topic.Options;
        }

        CheckSame("topic", name, options, inUse);
        return topic;
    }

    public async ValueTask<ISubscription> SubscribeAsync(
        string pattern, string name, SubscriptionOptions? options, CancellationToken cancellationToken)
    {
        DestinationName.ValidatePattern(pattern);
        DestinationName.Validate(name);
        if (options is QueueOptions)
        {
            throw new ArgumentException("A subscription takes SubscriptionOptions; QueueOptions are for queues.", nameof(options));
        }

        Check(options);

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TopicSubscription? subscription;
            SubscriptionOptions? inUse;
            Task? removal;
            lock (_gate)
            {
                ThrowIfClosed();
                if (!_subscriptions.TryGetValue(name, out subscription))
                {
                    subscription = NewSubscription(pattern, name, options ?? new SubscriptionOptions());
                }
                else if (subscription.Removal is null)
                {
                    TakeOver(subscription, pattern, options);
                }

                inUse = subscription.Options;
                removal = subscription.Removal;
            }

            if (removal is null)
            {
                CheckSame("subscription", name, options, inUse);
                await WorkContext.Of(subscription.Declared).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
                subscription.Core.KeepWithinBacklog();
                return subscription;
            }

            // The name is free when the store has forgotten the old one: it must never hold two of a name.
            await WorkContext.Of(removal).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    public async ValueTask<bool> CancelAsync(MessageId id, CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        cancellationToken.ThrowIfCancellationRequested();
        return await WorkContext.Of(_scheduled.CancelAsync(id)).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
    }

    /// <summary>Has the broker stop a worker when it closes.</summary>
    /// <returns>Whether it will. Otherwise it is closing already, and the worker must not start.</returns>
    public bool TryTrack(ITrackedWorker worker)
    {
        lock (_gate)
        {
            if (_closing || _closed)
            {
                return false;
            }

            if (_workers.Count >= _workersWorthALook)
            {
                _workers.RemoveAll(static other => other.IsStopped);
                _workersWorthALook = Math.Max(64, 2 * _workers.Count);
            }

            _workers.Add(worker);
            return true;
        }
    }

    /// <summary>Stops the workers, then ends deliveries, returns what is unsettled, and ends all waiting.</summary>
    /// <remarks>As long as handlers run, all is open but for new workers: what a handler sends, acks or reads is not refused for the closing. What
    /// waits for somebody who has stopped, for room for instance, ends with the time that its worker has for stopping.</remarks>
    public async Task CloseAsync()
    {
        IWorker[] workers;
        Subscription[] subscriptions;
        Destination[] destinations;
        lock (_gate)
        {
            _closing = true;
            workers = [.. _workers];
        }

        Task stopped = Task.WhenAll(workers.Select(worker => worker.DisposeAsync().AsTask()));
        await stopped.ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.SuppressThrowing));
        lock (_gate)
        {
            _closed = true;
            subscriptions = [.. _queues.Values.Select(queue => queue.Core), .. _subscriptions.Values.Select(s => s.Core)];
            destinations = [.. _queues.Values.Select(queue => queue.Destination), .. _topics.Values.Select(topic => topic.Destination)];
        }

        _scheduled.Stop();
        foreach (Destination destination in destinations)
        {
            destination.IsClosed = true;
            destination.Admission.Close(BrokerClosed.Exception());
        }

        foreach (Subscription subscription in subscriptions)
        {
            subscription.CloseBacklog(BrokerClosed.Exception());
        }

        foreach (Subscription subscription in subscriptions)
        {
            subscription.Shut();
        }

        // What went wrong in the stop of a worker is said when all is closed.
        await stopped.ConfigureAwait(WorkContext.IsCurrent);
    }

    private TopicSubscription NewSubscription(string pattern, string name, SubscriptionOptions options)
    {
        int id = context.Catalog.NextId();
        TopicSubscription subscription = AddSubscription(
            id, pattern, name, options, NewDeadLetters(name, id, wanted: null));
        subscription.Options = options;
        List<LogCursor> stored = [];
        foreach (Topic topic in _topics.Values.Where(topic => subscription.Topics.Matches(topic.Name)))
        {
            LogCursor cursor = subscription.Core.CreateCursorAtEnd(topic.Destination.Log);
            if (cursor.Log.IsStored)
            {
                stored.Add(cursor);
            }
            else
            {
                subscription.Core.OnStarted(cursor, cursor.Log.AttachAtEnd(cursor));
            }
        }

        if (context.Writer is { } writer)
        {
            var entry = new StoreEntry(id, StoreEntryKind.Subscription, name, pattern);
            subscription.Declared = writer.Declare(entry, [.. stored], waits: true);
        }

        return subscription;
    }

    private Queue AddQueue(MessageLog log, DeadLetterLog deadLetters, CursorState state, long? storedNext)
    {
        var core = new Subscription(context, log.Id, log.Name, deadLetters, new QueueOptions());
        LogCursor cursor = core.AddCursor(log, state, storedNext);
        log.Attach(cursor);
        var queue = new Queue(this, core, new Destination(context, log, _scheduled, core));
        _queues.Add(log.Name, queue);
        return queue;
    }

    private Topic AddTopic(MessageLog log)
    {
        var topic = new Topic(this, new Destination(context, log, _scheduled, queue: null));
        _topics.Add(log.Name, topic);
        return topic;
    }

    private TopicSubscription AddSubscription(
        int id, string pattern, string name, SubscriptionOptions options, DeadLetterLog deadLetters)
    {
        var core = new Subscription(context, id, name, deadLetters, options);
        var subscription = new TopicSubscription(this, core, new TopicPattern(pattern), new RedriveTarget(context.Catalog, core));
        _subscriptions.Add(name, subscription);
        return subscription;
    }

    private DeadLetterLog NewDeadLetters(string name, int owner, Durability? wanted) => new(
        context.Catalog.CreateLog(StoreEntryKind.DeadLetters, name, wanted, owner), new CursorState(1), context.Writer, context.Counts);

    /// <exception cref="ArgumentException">It is more than the store offers.</exception>
    private Durability? Check(Durability? wanted) =>
        wanted is { } durability && durability > context.MaxDurability
            ? throw new ArgumentException(
                $"Durability {durability} is more than this broker offers, which is {context.MaxDurability}. "
                + "Ask for that at most, or open a broker on a store that offers more, such as a file.",
                nameof(Durability))
            : wanted;

    private void SetDurability(MessageLog log, Durability? wanted)
    {
        Durability durability = Check(wanted) ?? context.MaxDurability;
        if (context.Catalog.Stores(wanted) != log.IsStored)
        {
            throw new InvalidOperationException(
                $"'{log.Name}' is {(log.IsStored ? "stored" : "in memory")}; its durability cannot become {durability}.");
        }

        log.Durability = durability;
    }

    /// <exception cref="ArgumentException">The limit of the backlog does not go with the other options.</exception>
    private static void Check(SubscriptionOptions? options)
    {
        string? wrong = options switch
        {
            { Backlog.Action: BacklogAction.DeadLetterOldest, DeadLetter: false } => "DeadLetterOldest needs dead letters, and DeadLetter is false",
            QueueOptions { Backlog.Action: BacklogAction.Suspend } => "Suspend is for subscriptions to topics: what passed a queue by would be nowhere",
            QueueOptions { Backlog: not null, FullMode: FullMode.DropOldest } =>
                "FullMode.DropOldest and a Backlog both say what goes when a queue is full; give MaxMessages with BacklogAction.DropOldest",
            _ => null,
        };
        if (wrong is not null)
        {
            throw new ArgumentException($"The backlog limit {options!.Backlog} is not possible here: {wrong}.", nameof(options));
        }
    }

    /// <summary>Compares options with those in use, which nobody changes any more. They hold policies of the user's: never under the lock.</summary>
    private static void CheckSame<TOptions>(string kind, string name, TOptions? wanted, TOptions? inUse)
        where TOptions : class, IEquatable<TOptions>
    {
        if (wanted is not null && inUse is not null && !ReferenceEquals(wanted, inUse) && !wanted.Equals(inUse))
        {
            throw new InvalidOperationException(
                $"The {kind} '{name}' is in use with other options: {OptionDifference.Of(wanted, inUse)}. "
                + $"Give options with the first use of a {kind}; later give the same ones, or none.");
        }
    }

    /// <summary>Checks the pattern of a subscription that is there, and puts options in force if it has none.</summary>
    private static void TakeOver(TopicSubscription subscription, string pattern, SubscriptionOptions? options)
    {
        if (!string.Equals(subscription.Pattern, pattern, StringComparison.Ordinal))
        {
            throw new InvalidOperationException(
                $"The subscription '{subscription.Name}' has the pattern '{subscription.Pattern}', not '{pattern}'. Unsubscribe first to change it.");
        }

        if (options is not null && subscription.Options is null)
        {
            subscription.Options = options;
            subscription.Core.Apply(options);
        }
    }
}
