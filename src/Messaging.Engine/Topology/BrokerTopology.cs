using Messaging.Context;
using Messaging.Producers;
using Messaging.Subscriptions;

namespace Messaging.Topology;

/// <summary>The queues, topics and subscriptions of a broker: their names, and the lock under which these come and go.</summary>
/// <remarks>Its lock is the outermost one, the only one under which others are taken: creating something declares it to the writer under it, so that nobody sends to a log before the store knows it.</remarks>
internal sealed class BrokerTopology
{
    // Guarded by _gate, once the broker is open.
    private readonly Lock _gate = new();
    private readonly NameTable _names = new();

    public BrokerTopology(BrokerContext context)
    {
        Context = context;
        Builder = new TopologyBuilder(context, Workers, _names);
    }

    public BrokerContext Context { get; }

    /// <summary>Gets what makes queues, topics and subscriptions. For recovery, before anybody else can ask for one.</summary>
    public TopologyBuilder Builder { get; }

    public TrackedWorkers Workers { get; } = new();

    public ScheduledMessages Scheduled => Builder.Scheduled;

    public IReadOnlyCollection<ISubscription> Subscriptions
    {
        get
        {
            lock (_gate)
            {
                Context.ThrowIfClosed();
                return [.. _names.Subscriptions.Where(subscription => subscription.Removal is null)];
            }
        }
    }

    public Queue GetQueue(string name, QueueOptions? options)
    {
        DestinationName.Validate(name);
        OptionCheck.Check(options);
        Queue queue;
        QueueOptions? inUse;
        lock (_gate)
        {
            Context.ThrowIfClosed();
            queue = Builder.GetQueue(name, options);
            inUse = queue.Options;
        }

        OptionCheck.CheckSame("queue", name, options, inUse);
        queue.Core.Parts.Limiter.Check();
        return queue;
    }

    public Topic GetTopic(string name, TopicOptions? options)
    {
        DestinationName.Validate(name);
        Topic topic;
        TopicOptions? inUse;
        lock (_gate)
        {
            Context.ThrowIfClosed();
            topic = Builder.GetTopic(name, options);
            inUse = topic.Options;
        }

        OptionCheck.CheckSame("topic", name, options, inUse);
        return topic;
    }

    /// <summary>Gets a subscription, and makes it if there is none of its name.</summary>
    /// <param name="pattern">The topics that it reads.</param>
    /// <param name="name">Its name.</param>
    /// <param name="options">Its options; put in force if it has none.</param>
    /// <param name="inUse">The options in force.</param>
    /// <param name="removal">The removal that the name waits for; <see langword="null"/> for none.</param>
    public TopicSubscription GetSubscription(string pattern, string name, SubscriptionOptions? options, out SubscriptionOptions? inUse, out Task? removal)
    {
        lock (_gate)
        {
            Context.ThrowIfClosed();
            TopicSubscription subscription = _names.FindSubscription(name) ?? Builder.CreateSubscription(pattern, name, options ?? new SubscriptionOptions());
            if (subscription.Removal is null)
            {
                subscription.TakeOver(pattern, options);
            }

            inUse = subscription.Options;
            removal = subscription.Removal;
            return subscription;
        }
    }

    /// <summary>Notes that a subscription is being removed, unless it is already.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="removal">The removal.</param>
    /// <param name="earlier">The removal by somebody else; <see langword="null"/> for none.</param>
    /// <returns>The subscription; <see langword="null"/> if there is none.</returns>
    public TopicSubscription? BeginRemoval(string name, Task removal, out Task? earlier)
    {
        lock (_gate)
        {
            Context.ThrowIfClosed();
            TopicSubscription? subscription = _names.FindSubscription(name);
            earlier = subscription?.Removal;
            subscription?.Removal ??= removal;
            return subscription;
        }
    }

    /// <summary>Lets the name of a removed subscription go.</summary>
    public void EndRemoval(TopicSubscription subscription)
    {
        lock (_gate)
        {
            _names.Remove(subscription);
        }
    }

    /// <inheritdoc cref="NameTable.FindCore"/>
    public Subscription? FindCore(string name)
    {
        lock (_gate)
        {
            return _names.FindCore(name);
        }
    }

    /// <summary>Lists what there is, and with <paramref name="closes"/> lets nothing come any more.</summary>
    public (Subscription[] Subscriptions, Destination[] Destinations) ListAll(bool closes)
    {
        lock (_gate)
        {
            if (closes)
            {
                Context.Close();
            }

            return (_names.ListCores(), _names.ListDestinations());
        }
    }
}
