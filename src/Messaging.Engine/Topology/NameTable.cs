using Messaging.Producers;
using Messaging.Subscriptions;

namespace Messaging.Topology;

/// <summary>The queues, topics and subscriptions of a broker, by name.</summary>
/// <remarks>It has no lock; the topology that owns it has.</remarks>
internal sealed class NameTable
{
    private readonly Dictionary<string, Queue> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Topic> _topics = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TopicSubscription> _subscriptions = new(StringComparer.Ordinal);

    public IReadOnlyCollection<Topic> Topics => _topics.Values;

    public IReadOnlyCollection<TopicSubscription> Subscriptions => _subscriptions.Values;

    public void Add(Queue queue) => _queues.Add(queue.Name, queue);

    public void Add(Topic topic) => _topics.Add(topic.Name, topic);

    public void Add(TopicSubscription subscription) => _subscriptions.Add(subscription.Name, subscription);

    public void Remove(TopicSubscription subscription) => _subscriptions.Remove(subscription.Name);

    public Queue? FindQueue(string name) => _queues.GetValueOrDefault(name);

    public Topic? FindTopic(string name) => _topics.GetValueOrDefault(name);

    public TopicSubscription? FindSubscription(string name) => _subscriptions.GetValueOrDefault(name);

    /// <summary>Finds the subscription of a queue's name or, without one, of a subscription's.</summary>
    public Subscription? FindCore(string name) => FindQueue(name)?.Core ?? FindSubscription(name)?.Core;

    /// <summary>Lists the subscriptions, those of queues first.</summary>
    public Subscription[] ListCores() => [.. _queues.Values.Select(queue => queue.Core), .. _subscriptions.Values.Select(subscription => subscription.Core)];

    public Destination[] ListDestinations() => [.. _queues.Values.Select(queue => queue.Destination), .. _topics.Values.Select(topic => topic.Destination)];
}
