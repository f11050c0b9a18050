using Messaging.Testing;
using Messaging.Testing.Checkers;
using Messaging.Testing.Histories;

namespace Messaging.Crash.Tests.Sweeps;

/// <summary>One client's random calls on a broker over an in-memory store, each with a token; afterwards the store is opened again and drained.</summary>
internal sealed class Sweep(int seed)
{
    private const string QueueName = "work";
    private const string TopicName = "news";
    private const string ReaderName = "reader";

    private readonly Random _random = new(seed);
    private readonly VirtualTime _time = new();
    private readonly InMemoryMessageStore _kept = new();
    private readonly Lock _gate = new();
    private int _sent;

    /// <summary>Gets what was done and seen.</summary>
    public History History { get; } = new();

    public async Task<MessageBroker> OpenAsync(TrippingStore? tripping = null)
    {
        MessageBroker broker = await MessageBroker.OpenAsync(tripping ?? new TrippingStore(_kept), new BrokerOptions { TimeProvider = _time });
        Add(new HistoryEvent { Operation = HistoryOperation.Open });
        return broker;
    }

    public TrippingStore NewStore() => new(_kept);

    /// <summary>Makes so many calls; those that are cancelled or find the broker closed end the client's work.</summary>
    /// <returns>Whether it made all of them.</returns>
    public async Task<bool> RunAsync(MessageBroker broker, int calls, int client, CancellationToken cancellation)
    {
        var random = new Random(seed + client);
        try
        {
            ISubscription reader = await SubscribeAsync(broker, cancellation);
            IQueue queue = broker.Queue(QueueName);
            await using IConsumer<string> fromQueue = queue.Consumer<string>();
            await using IConsumer<string> fromTopic = reader.Consumer<string>();
            for (int i = 0; i < calls; i++)
            {
                bool onQueue = random.Next(2) == 0;
                await StepAsync(broker, onQueue ? queue : reader, onQueue ? fromQueue : fromTopic, onQueue, random, client, cancellation);
            }

            return true;
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or StoreException)
        {
            return false;
        }
    }

    /// <summary>Opens the store again, takes what is left, and holds the history against all invariants.</summary>
    public async Task<IReadOnlyList<Violation>> ReopenAndCheckAsync()
    {
        await using MessageBroker broker = await OpenAsync();
        _time.Advance(TimeSpan.FromHours(1));
        List<ISubscription> subscriptions = [broker.Queue(QueueName), .. broker.Subscriptions.Where(subscription => subscription.Name == ReaderName)];
        foreach (ISubscription subscription in subscriptions)
        {
            await foreach (DeadLetter letter in subscription.DeadLetters.PeekAsync())
            {
                Add(new HistoryEvent { Operation = HistoryOperation.DeadLetter, Subscription = subscription.Name, Message = letter.ReadBody<string>() });
            }

            await using IConsumer<string> consumer = subscription.Consumer<string>();
            await broker.WhenIdleAsync();
            while (consumer.TryReceive(out Delivery<string> delivery))
            {
                Told(delivery, subscription, HistoryOperation.Deliver, HistoryOutcome.Ok, 0);
                await SettleAsync(delivery, subscription, HistoryOperation.Ack, 0, () => delivery.AckAsync());
                await broker.WhenIdleAsync();
            }

            SubscriptionStatistics counts = subscription.Statistics;
            Add(new HistoryEvent
            {
                Operation = HistoryOperation.Rest,
                Subscription = subscription.Name,
                Note = $"ready={counts.Ready} leased={counts.Leased} waiting={counts.Waiting} scheduled={counts.Scheduled}",
            });
        }

        return Checker.Check(History);
    }

    private async Task<ISubscription> SubscribeAsync(MessageBroker broker, CancellationToken cancellation)
    {
        ISubscription reader = await broker.SubscribeAsync(TopicName, ReaderName, cancellationToken: cancellation);
        Add(new HistoryEvent { Operation = HistoryOperation.Subscribe, Destination = TopicName, Subscription = ReaderName });
        return reader;
    }

    private async Task StepAsync(
        MessageBroker broker, ISubscription subscription, IConsumer<string> consumer, bool onQueue, Random random, int client, CancellationToken cancellation)
    {
        IProducer<string> producer = onQueue ? broker.Queue(QueueName).Producer<string>() : broker.Topic(TopicName).Producer<string>();
        string destination = onQueue ? QueueName : TopicName;
        switch (random.Next(12))
        {
            case < 3:
                await SendAsync(producer, destination, options: null, client, cancellation);
                break;
            case 3:
                await SendAsync(producer, destination, new SendOptions { MessageId = MessageId.FromName($"id-{client}-{random.Next()}") }, client, cancellation);
                break;
            case 4:
                await SendAsync(producer, destination, new SendOptions { Delay = TimeSpan.FromSeconds(random.Next(1, 9)) }, client, cancellation);
                break;
            case 5:
                _ = await broker.CancelAsync(MessageId.FromName("nobody"), cancellation);
                await producer.FlushAsync(cancellation);
                break;
            case 6:
                await subscription.DeadLetters.RedriveAsync(
                    letter =>
                    {
                        Add(new HistoryEvent { Operation = HistoryOperation.Redrive, Subscription = subscription.Name, Message = letter.ReadBody<string>() });
                        return true;
                    },
                    cancellation);
                break;
            default:
                if (consumer.TryReceive(out Delivery<string> delivery))
                {
                    Told(delivery, subscription, HistoryOperation.Deliver, HistoryOutcome.Ok, client);
                    await (random.Next(5) switch
                    {
                        0 => SettleAsync(delivery, subscription, HistoryOperation.Nack, client, () => delivery.NackAsync(TimeSpan.Zero, cancellationToken: cancellation)),
                        1 => SettleAsync(delivery, subscription, HistoryOperation.DeadLetter, client, () => delivery.DeadLetterAsync("as wanted", cancellation)),
                        _ => SettleAsync(delivery, subscription, HistoryOperation.Ack, client, () => delivery.AckAsync(cancellation)),
                    });
                }

                break;
        }
    }

    private async Task SendAsync(IProducer<string> producer, string destination, SendOptions? options, int client, CancellationToken cancellation)
    {
        string name = $"m-{Interlocked.Increment(ref _sent)}";
        var told = new HistoryEvent { Client = client, Operation = HistoryOperation.Send, Outcome = HistoryOutcome.Invoked, Destination = destination, Message = name };
        Add(told);
        try
        {
            Receipt receipt = await producer.SendAsync(name, options, cancellation);
            Add(told with { Outcome = HistoryOutcome.Ok, Sequence = receipt.Sequence });
        }
        catch (OperationCanceledException)
        {
            Add(told with { Outcome = HistoryOutcome.Unknown });
            throw;
        }
        catch (ObjectDisposedException)
        {
            Add(told with { Outcome = HistoryOutcome.Failed });
            throw;
        }
    }

    private async Task SettleAsync(
        Delivery<string> delivery, ISubscription subscription, HistoryOperation operation, int client, Func<ValueTask<Settlement>> settle)
    {
        Told(delivery, subscription, operation, HistoryOutcome.Invoked, client);
        Settlement settlement = await settle();
        Told(delivery, subscription, operation, settlement == Settlement.LeaseLost ? HistoryOutcome.Failed : HistoryOutcome.Ok, client);
    }

    private void Told(in Delivery<string> delivery, ISubscription subscription, HistoryOperation operation, HistoryOutcome outcome, int client) =>
        Add(new HistoryEvent
        {
            Client = client,
            Operation = operation,
            Outcome = outcome,
            Subscription = subscription.Name,
            Message = delivery.Body,
            Epoch = (uint)delivery.Token.Epoch,
            Token = delivery.Token.Number,
            Sequence = delivery.Sequence,
            Attempt = delivery.Attempt,
            Failures = delivery.Failures,
        });

    private void Add(HistoryEvent happened)
    {
        lock (_gate)
        {
            History.Add(happened with { Time = _time.GetUtcNow().Ticks });
        }
    }
}
