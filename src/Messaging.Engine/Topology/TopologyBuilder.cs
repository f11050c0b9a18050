using Messaging.Context;
using Messaging.Cursors;
using Messaging.DeadLetters;
using Messaging.Logs;
using Messaging.Producers;
using Messaging.Redelivery;
using Messaging.Schedules;
using Messaging.Storage;
using Messaging.Subscriptions;

namespace Messaging.Topology;

/// <summary>Makes queues, topics and subscriptions, declares them to the store, and enters them into the table of names.</summary>
/// <remarks>Called under the topology's lock, or by recovery, before anybody else can.</remarks>
internal sealed class TopologyBuilder(BrokerContext context, TrackedWorkers workers, NameTable names)
{
    public NameTable Names => names;

    public ScheduledMessages Scheduled { get; } = new(
        context.Options.MaxScheduled, context.Scheduler, context.Writer, context.Clock, context.Logger, context.Counts, new DeduplicationWindow(context.Options.DeduplicationWindow));

    /// <summary>Finds or creates a queue. The first options that somebody gives come into force for what recovery found.</summary>
    public Queue GetQueue(string name, QueueOptions? options)
    {
        Queue queue = names.FindQueue(name) ?? CreateQueue(name, options ?? new QueueOptions());
        if (options is not null && queue.Options is null)
        {
            SetDurability(queue.Destination.Log, options.Durability);
            queue.Options = options;
            queue.Apply(options);
        }

        return queue;
    }

    /// <summary>Finds or creates a topic. The first options that somebody gives come into force for what recovery found.</summary>
    public Topic GetTopic(string name, TopicOptions? options)
    {
        Topic topic = names.FindTopic(name) ?? CreateTopic(name, options ?? new TopicOptions());
        if (options is not null && topic.Options is null)
        {
            SetDurability(topic.Destination.Log, options.Durability);
            topic.Options = options;
            topic.Apply(options);
        }

        return topic;
    }

    public TopicSubscription CreateSubscription(string pattern, string name, SubscriptionOptions options)
    {
        int id = context.Catalog.NextId();
        TopicSubscription subscription = AddSubscription(id, pattern, name, options, NewDeadLetters(name, id, wanted: null));
        subscription.Options = options;
        List<LogCursor> stored = [];
        foreach (Topic topic in names.Topics.Where(topic => subscription.Topics.Matches(topic.Name)))
        {
            LogCursor cursor = subscription.Core.Parts.Logs.CreateAtEnd(topic.Destination.Log);
            if (cursor.Log.IsStored)
            {
                stored.Add(cursor);
            }
            else
            {
                subscription.Core.Parts.Logs.OnStarted(cursor, cursor.Log.AttachAtEnd(cursor));
            }
        }

        if (context.Writer is { } writer)
        {
            var entry = new StoreEntry(id, StoreEntryKind.Subscription, name, pattern);
            subscription.Declared = writer.Declare(entry, [.. stored], waits: true);
        }

        return subscription;
    }

    /// <summary>Adds a queue whose cursor is not there yet.</summary>
    public Queue AddQueue(MessageLog log, DeadLetterLog deadLetters, QueueOptions options)
    {
        var core = new Subscription(context, log.Id, log.Name, deadLetters, options);
        var queue = new Queue(context, workers, core, new Destination(context, log, Scheduled, core));
        queue.ApplyToSenders(options);
        names.Add(queue);
        return queue;
    }

    public Topic AddTopic(MessageLog log, TopicOptions options)
    {
        var topic = new Topic(new Destination(context, log, Scheduled, queue: null));
        topic.Apply(options);
        names.Add(topic);
        return topic;
    }

    /// <summary>Adds a subscription that reads no topic yet.</summary>
    public TopicSubscription AddSubscription(int id, string pattern, string name, SubscriptionOptions options, DeadLetterLog deadLetters)
    {
        var core = new Subscription(context, id, name, deadLetters, options);
        var subscription = new TopicSubscription(context, workers, core, new TopicPattern(pattern), new RedriveTarget(context.Catalog, core));
        names.Add(subscription);
        return subscription;
    }

    public DeadLetterLog NewDeadLetters(string name, int owner, Durability? wanted) => new(
        context.Catalog.CreateLog(StoreEntryKind.DeadLetters, name, wanted, owner), new CursorState(1));

    private Queue CreateQueue(string name, QueueOptions options)
    {
        Durability? durability = OptionCheck.Check(options.Durability, context.MaxDurability);
        MessageLog log = context.Catalog.CreateLog(StoreEntryKind.Queue, name, durability, owner: 0);
        DeadLetterLog deadLetters = NewDeadLetters(name, log.Id, durability);
        Queue queue = AddQueue(log, deadLetters, options);
        log.Attach(queue.Core.Parts.Logs.Add(log, new CursorState(1)));
        queue.Options = options;
        return queue;
    }

    private Topic CreateTopic(string name, TopicOptions options)
    {
        Durability? durability = OptionCheck.Check(options.Durability, context.MaxDurability);
        MessageLog log = context.Catalog.CreateLog(StoreEntryKind.Topic, name, durability, owner: 0);
        Topic topic = AddTopic(log, options);
        topic.Options = options;
        foreach (TopicSubscription subscription in names.Subscriptions)
        {
            if (subscription.Removal is null && subscription.Topics.Matches(name))
            {
                log.Attach(subscription.Core.Parts.Logs.Add(log, new CursorState(1)));
            }
        }

        return topic;
    }

    private void SetDurability(MessageLog log, Durability? wanted)
    {
        Durability durability = OptionCheck.Check(wanted, context.MaxDurability) ?? context.MaxDurability;
        if (context.Catalog.Stores(wanted) != log.IsStored)
        {
            throw new InvalidOperationException(
                $"'{log.Name}' is {(log.IsStored ? "stored" : "in memory")}; its durability cannot become {durability}.");
        }

        log.Durability = durability;
    }
}
