namespace Messaging.Testing.Workloads;

/// <summary>The queues, topics and subscriptions of every workload.</summary>
internal static class Places
{
    /// <summary>The subscription that comes and goes.</summary>
    public const string Passing = "passing";

    /// <summary>The queue with a capacity.</summary>
    private const string Bounded = "side";

    /// <summary>The subscription with a limit.</summary>
    private const string Limited = "one";

    public static readonly string[] Queues = ["work", Bounded];

    public static readonly string[] Topics = ["news.eu", "news.us"];

    public static readonly (string Name, string Pattern, string[] Topics)[] Subscriptions =
    [
        (Limited, "news.eu", ["news.eu"]),
        ("two", "news.*", ["news.eu", "news.us"]),
        ("three", "news.#", ["news.eu", "news.us"]),
    ];

    public static readonly (string Name, string Pattern, string[] Topics) PassingSubscription = (Passing, "*.us", ["news.us"]);

    public static IQueue OpenQueue(IMessageBroker broker, string name, WorkloadOptions options) =>
        broker.Queue(name, name == Bounded
            ? new QueueOptions { Retry = options.Retry, Durability = options.Durability, Capacity = options.Capacity }
            : new QueueOptions { Retry = options.Retry, Durability = options.Durability });

    public static ITopic OpenTopic(IMessageBroker broker, string name, WorkloadOptions options) =>
        broker.Topic(name, new TopicOptions { Durability = options.Durability });

    public static ValueTask<ISubscription> SubscribeAsync(
        IMessageBroker broker, (string Name, string Pattern, string[] Topics) place, WorkloadOptions options) =>
        broker.SubscribeAsync(place.Pattern, place.Name, place.Name == Limited
            ? new SubscriptionOptions { Retry = options.Retry, Backlog = new BacklogLimit { MaxMessages = options.Capacity, Action = BacklogAction.DeadLetterOldest } }
            : new SubscriptionOptions { Retry = options.Retry });
}
