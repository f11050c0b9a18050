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
internal sealed class TopologyBuilder(BrokerContext context, ScheduledMessages scheduled, TrackedWorkers workers, NameTable names)
{
    public NameTable Names => names;

    public ScheduledMessages Scheduled => scheduled;

    public Queue CreateQueue(string name, QueueOptions options)
    {
        Durability? durability = OptionCheck.Check(options.Durability, context.MaxDurability);
        MessageLog log = context.Catalog.CreateLog(StoreEntryKind.Queue, name, durability, owner: 0);
        DeadLetterLog deadLetters = NewDeadLetters(name, log.Id, durability);
        Queue queue = AddQueue(log, deadLetters);
        log.Attach(queue.Core.Parts.Logs.Add(log, new CursorState(1)));
        queue.Options = options;
        queue.Apply(options);
        return queue;
    }

    public Topic CreateTopic(string name, TopicOptions options)
    {
        Durability? durability = OptionCheck.Check(options.Durability, context.MaxDurability);
        MessageLog log = context.Catalog.CreateLog(StoreEntryKind.Topic, name, durability, owner: 0);
        Topic topic = AddTopic(log);
        topic.Options = options;
        topic.Apply(options);
        foreach (TopicSubscription subscription in names.Subscriptions)
        {
            if (subscription.Removal is null && subscription.Topics.Matches(name))
            {
                log.Attach(subscription.Core.Parts.Logs.Add(log, new CursorState(1)));
            }
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

    /// <summary>Puts the first options that somebody gives in force for what recovery found.</summary>
    public void GiveOptions(Queue queue, QueueOptions options)
    {
        SetDurability(queue.Destination.Log, options.Durability);
        queue.Options = options;
        queue.Apply(options);
    }

    /// <inheritdoc cref="GiveOptions(Queue, QueueOptions)"/>
    public void GiveOptions(Topic topic, TopicOptions options)
    {
        SetDurability(topic.Destination.Log, options.Durability);
        topic.Options = options;
        topic.Apply(options);
    }

    /// <summary>Adds a queue whose cursor is not there yet.</summary>
    public Queue AddQueue(MessageLog log, DeadLetterLog deadLetters)
    {
        var core = new Subscription(context, log.Id, log.Name, deadLetters, new QueueOptions());
        var queue = new Queue(context, workers, core, new Destination(context, log, scheduled, core));
        names.Add(queue);
        return queue;
    }

    public Topic AddTopic(MessageLog log)
    {
        var topic = new Topic(new Destination(context, log, scheduled, queue: null));
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
        context.Catalog.CreateLog(StoreEntryKind.DeadLetters, name, wanted, owner), new CursorState(1), context.Writer, context.Counts);

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
