using System.Globalization;

namespace Messaging.Crash.Tests.Corruption;

/// <summary>The seeded workload that fills a file: one step at a time, each committed before the next, and each noted.</summary>
/// <remarks>Between two steps nothing is under way, so that the file's layout follows from the seed.</remarks>
internal sealed class Filling(MessageBroker broker, Random random, Contents contents, int firstName = 0) : IAsyncDisposable
{
    public static readonly string[] Queues = ["alpha", "beta", "gamma.one"];
    public static readonly string[] Subscriptions = ["every", "news-only"];
    private static readonly string[] _topics = ["news", "news.late"];

    /// <summary>The longest time that a message waits, for its schedule or for its retry.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(2);

    private readonly List<ISubscription> _subscriptions = [];
    private readonly Dictionary<string, IConsumer<string>> _consumers = [];
    private readonly List<(MessageId Id, string Destination, string Name)> _delayed = [];
    private int _sent = firstName;

    public async Task OpenAsync()
    {
        foreach (string name in Queues)
        {
            _subscriptions.Add(broker.Queue(name));
        }

        _subscriptions.Add(await broker.SubscribeAsync("#", Subscriptions[0]));
        _subscriptions.Add(await broker.SubscribeAsync("news", Subscriptions[1]));
        foreach (ISubscription subscription in _subscriptions)
        {
            // A short prefetch, so that little is marked as begun and much stays behind the place that is stored.
            _consumers.Add(subscription.Name, subscription.Consumer<string>(new ConsumerOptions { Prefetch = 4, LeaseDuration = TimeSpan.FromDays(7) }));
        }

        contents.Record();
    }

    /// <summary>Takes a number of random steps.</summary>
    public async Task StepAsync(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            await StepAsync();
            await broker.WhenIdleAsync();
            contents.Record();
        }
    }

    /// <summary>Sends many messages at once, some of which do not fit on a page.</summary>
    public async Task SendManyAsync(int count)
    {
        string[] names = [.. Enumerable.Range(0, count).Select(_ => NewName())];
        await broker.Queue(Queues[0]).Producer<string>().SendBatchAsync(
            [.. names.Select((name, i) => new Message<string>(NamedBody.Of(name, i % 50 == 0 ? 20_000 : random.Next(300))))]);
        foreach (string name in names)
        {
            Sent(Queues[0], name);
        }

        await broker.WhenIdleAsync();
        contents.Record();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IConsumer<string> consumer in _consumers.Values)
        {
            await consumer.DisposeAsync();
        }
    }

    private async Task StepAsync()
    {
        switch (random.Next(100))
        {
            case < 52:
                await SendAsync(new SendOptions());
                break;
            case < 58:
                await SendAsync(new SendOptions { MessageId = MessageId.FromName($"id-{_sent}") });
                break;
            case < 62:
                await SendAsync(new SendOptions { Delay = LongestWait * (0.5 + (random.NextDouble() / 3)) });
                break;
            case < 64:
                await CancelAsync();
                break;
            case < 66:
                await VisitDeadAsync();
                break;
            default:
                await SettleAsync();
                break;
        }
    }

    private async Task SendAsync(SendOptions options)
    {
        string[] all = [.. Queues, .. _topics];
        string destination = all[random.Next(all.Length)];
        string name = NewName();
        string body = NamedBody.Of(name, random.Next(40) == 0 ? random.Next(90_000) : random.Next(20, 600));
        IProducer<string> producer = _topics.Contains(destination) ? broker.Topic(destination).Producer<string>() : broker.Queue(destination).Producer<string>();
        Receipt receipt = await producer.SendAsync(body, options);
        Sent(destination, name);
        if (options.Delay > TimeSpan.Zero)
        {
            contents.NoteScheduled(name);
            _delayed.Add((receipt.MessageId, destination, name));
        }
    }

    private async Task CancelAsync()
    {
        if (_delayed.Count > 0)
        {
            (MessageId id, string destination, string name) = _delayed[^1];
            _delayed.RemoveAt(_delayed.Count - 1);
            (await broker.CancelAsync(id)).Should().BeTrue("nothing is due yet");
            foreach (string reader in ReadersOf(destination))
            {
                contents.Remove(new Holding(reader, IsDead: false, name));
            }
        }
    }

    private async Task VisitDeadAsync()
    {
        ISubscription subscription = _subscriptions[random.Next(_subscriptions.Count)];
        string? chosen = null;
        bool Choose(DeadLetter letter) => chosen is null && (chosen = NamedBody.NameIn(letter.ReadBody<string>())) is not null;
        bool redrives = random.Next(2) == 0;
        _ = redrives ? await subscription.DeadLetters.RedriveAsync(Choose) : await subscription.DeadLetters.PurgeAsync(Choose);
        if (chosen is not null)
        {
            contents.Remove(new Holding(subscription.Name, IsDead: true, chosen));
            if (redrives)
            {
                contents.Add(new Holding(subscription.Name, IsDead: false, chosen));
            }
        }
    }

    private async Task SettleAsync()
    {
        ISubscription subscription = _subscriptions[random.Next(_subscriptions.Count)];
        if (!_consumers[subscription.Name].TryReceive(out Delivery<string> delivery))
        {
            return;
        }

        // What was taken and is not settled is a hole in what was.
        var holding = new Holding(subscription.Name, IsDead: false, NamedBody.NameIn(delivery.Body)!);
        switch (random.Next(20))
        {
            case < 14:
                await delivery.AckAsync();
                contents.Remove(holding);
                break;
            case < 16:
                await delivery.NackAsync(LongestWait * random.NextDouble());
                break;
            case < 18:
                await delivery.DeadLetterAsync("as wanted");
                contents.Remove(holding);
                contents.Add(holding with { IsDead = true });
                break;
        }
    }

    private string NewName() => string.Create(CultureInfo.InvariantCulture, $"m{_sent++}");

    private void Sent(string destination, string name)
    {
        foreach (string reader in ReadersOf(destination))
        {
            contents.Add(new Holding(reader, IsDead: false, name));
        }
    }

    private static string[] ReadersOf(string destination) => destination switch
    {
        "news" => Subscriptions,
        "news.late" => [Subscriptions[0]],
        _ => [destination],
    };
}
