using System.Globalization;
using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Workloads;

/// <summary>Senders, takers, handlers and upkeep on a queue and a topic, until the process is killed; each step is told.</summary>
/// <remarks>Its input names, a line each, the messages of earlier lives that are sent again under their ids, as <c>destination name</c>;
/// <c>GO</c> ends the list and lets it begin.</remarks>
internal static class Workload
{
    public const string QueueName = "work";
    public const string TopicName = "news";
    public const string Passing = "passing";

    public static readonly RetryPolicy Retry = RetryPolicy.Fixed(TimeSpan.FromMilliseconds(5), Deliveries.MaxFailures);
    public static readonly string[] Subscribers = ["one", "two", "three"];

    /// <summary>Lives one life.</summary>
    /// <param name="path">The file.</param>
    /// <param name="seed">The seed of this life.</param>
    /// <param name="prefix">What the names of its messages begin with.</param>
    /// <param name="durability">What a send survives.</param>
    public static async Task<int> RunAsync(string path, int seed, string prefix, Durability durability)
    {
        List<(string Destination, string Name)> repeated = ReadRepeated();
        await using MessageBroker broker = await MessageBroker.OpenAsync(path);
        await LiveAsync(broker, seed, prefix, durability, repeated, takersEach: 1, CancellationToken.None);
        return 1;
    }

    /// <summary>Works until it is told to end.</summary>
    public static async Task LiveAsync(
        MessageBroker broker,
        int seed,
        string prefix,
        Durability durability,
        List<(string Destination, string Name)> repeated,
        int takersEach,
        CancellationToken end)
    {
        Narrator.Tell(HistoryOperation.Open, note: $"seed={seed}");
        IQueue queue = OpenQueue(broker, durability);
        ITopic topic = broker.Topic(TopicName, new TopicOptions { Durability = durability });
        List<ISubscription> subscriptions = [queue];
        foreach (string name in Subscribers)
        {
            subscriptions.Add(await Upkeep.SubscribeAsync(broker, TopicName, name));
        }

        // One more queue in each life, so that there is always something to declare.
        await broker.Queue(string.Create(CultureInfo.InvariantCulture, $"extra-{(uint)seed % 8}")).Producer<string>().SendAsync("extra");
        int client = 1;
        List<Sender> senders = [];
        for (int i = 0; i < 8; i++, client++)
        {
            bool toQueue = i < 5;
            senders.Add(new Sender(
                broker, toQueue ? queue.Producer<string>() : topic.Producer<string>(), toQueue ? QueueName : TopicName, client, prefix, seed + client));
        }

        foreach ((string destination, string name) in repeated)
        {
            await senders[destination == QueueName ? 0 : 7].RepeatAsync(name);
        }

        List<Task> work = [.. senders.Select(sender => sender.RunAsync(end))];
        foreach (ISubscription subscription in subscriptions)
        {
            await Upkeep.VisitDeadLettersAsync(subscription, seed + client++);
        }

        work.Add(Upkeep.ComeAndGoAsync(broker, TopicName, Passing, end));
        work.AddRange(Enumerable.Repeat(subscriptions.Append(queue), takersEach).SelectMany(each => each)
            .Select(subscription => new Taker(subscription, client++, seed + client).RunAsync(end)));
        await using IWorker first = FlakyHandler.Start(queue, client++, seed + client);
        await using IWorker second = FlakyHandler.Start(subscriptions[^1], client++, seed + client);
        await Task.WhenAny(work).Unwrap();
        await Task.WhenAll(work);
    }

    public static IQueue OpenQueue(IMessageBroker broker, Durability durability) =>
        broker.Queue(QueueName, new QueueOptions { Retry = Retry, Durability = durability });

    private static List<(string Destination, string Name)> ReadRepeated()
    {
        List<(string Destination, string Name)> repeated = [];
        while (Console.In.ReadLine() is { } line && line != "GO")
        {
            repeated.Add(line.Split(' ') is [var destination, var name] ? (destination, name) : throw new FormatException($"'{line}' is no destination and name."));
        }

        return repeated;
    }
}
