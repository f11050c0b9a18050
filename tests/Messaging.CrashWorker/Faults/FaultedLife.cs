using System.Globalization;
using Messaging.CrashWorker.Shim;
using Messaging.CrashWorker.Workloads;
using Messaging.Testing;
using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Faults;

/// <summary>A workload of one client, step by step on virtual time, during which the disk fails; then it is well again, and everything is taken.</summary>
/// <remarks>Without a fault it does the same operations on its files each time, as far as they follow from what it does.</remarks>
internal sealed class FaultedLife
{
    public const string TopicName = "news";
    private const string QueueName = "work";
    private const string ReaderName = "reader";
    public const string MemoryName = "memory";
    private const int MostRefusals = 6;
    private const int LargeBytes = 300_000;

    private static readonly TimeSpan _lease = TimeSpan.FromHours(100);

    private readonly FaultPoint _point;
    private readonly VirtualTime _time = new();
    private readonly FaultedBroker _faulted;
    private int _sent;

    public FaultedLife(string path, FaultPoint point)
    {
        _point = point;
        _faulted = new FaultedBroker(path, _time) { SyncsFail = point.Kinds.HasFlag(ShimKinds.Sync) };
    }

    public int Hits { get; private set; }

    public int Refusals => _faulted.Refusals;

    public int Unknowns => _faulted.Unknowns;

    public int Reopenings => _faulted.Openings;

    /// <summary>Gets how many operations of each kind there were until the end of the workload.</summary>
    public Dictionary<ShimKinds, int> Operations { get; } = [];

    public static string BodyOf(string name, int length) => $"{name} {new string((char)('a' + (name.Length % 20)), length)}";

    public static string NameIn(string body)
    {
        string name = body[..Math.Max(0, body.IndexOf(' ', StringComparison.Ordinal))];
        return BodyOf(name, body.Length - name.Length - 1) == body ? name : "wrong-body";
    }

    public async Task RunAsync()
    {
        Narrator.Use(_time);
        _point.Arm();
        for (int i = 0; i < 12; i++)
        {
            await StepAsync(i);
        }

        // A backlog that is read from the file.
        await CloseAsync();
        for (int i = 12; i < 60; i++)
        {
            await StepAsync(i);
        }

        await CloseAsync();
        Heal();
        await DrainAsync();
    }

    private void Heal()
    {
        if (Operations.Count == 0)
        {
            Hits = ShimCalls.Hits();
            foreach (ShimKinds kind in Enum.GetValues<ShimKinds>())
            {
                Operations[kind] = ShimCalls.Count(kind);
            }
        }

        ShimCalls.Disarm();
    }

    private async Task CloseAsync()
    {
        if (_faulted.IsOpen)
        {
            await _faulted.CloseAsync();
        }
    }

    /// <summary>Has the broker open and in good order; the disk is repaired first where that needs it.</summary>
    private async Task OpenAsync()
    {
        if (_faulted.IsOpen && _faulted.MustReopen)
        {
            // It confirms nothing more, and says so each time.
            await _faulted.SendAsync(QueueName, Name("late"), new SendOptions());
            await _faulted.DoAsync("a declaration", () => _faulted.Broker.SubscribeAsync("more", Name("more")).AsTask());
            await _faulted.CloseAsync();
            Heal();
        }
        else if (_faulted.IsOpen && Refusals >= MostRefusals && Operations.Count == 0)
        {
            // There is room again, and the same broker goes on.
            Heal();
            int before = Refusals;
            await _faulted.SendAsync(QueueName, Name("room"), new SendOptions());
            if (Refusals > before && !_faulted.MustReopen)
            {
                FaultedBroker.Wrong("a send is refused although the disk has room again");
            }
        }

        for (int i = 0; !_faulted.IsOpen; i++)
        {
            if (await _faulted.TryOpenAsync())
            {
                await OpenPartsAsync();
                await _faulted.RepeatAsync();
            }
            else if (i > 0)
            {
                Heal();
                if (i > 1)
                {
                    throw new InvalidOperationException($"It cannot be opened although the disk is well: {_faulted.Refusal}");
                }
            }
        }
    }

    private async Task OpenPartsAsync()
    {
        HistoryOutcome outcome = await _faulted.DoAsync(
            "a declaration", () => _faulted.Broker.SubscribeAsync(TopicName, ReaderName, new SubscriptionOptions { Retry = Workload.Retry }).AsTask());
        if (outcome == HistoryOutcome.Ok)
        {
            Narrator.Tell(HistoryOperation.Subscribe, ReaderName, destination: TopicName);
        }
    }

    private async Task StepAsync(int step)
    {
        await OpenAsync();
        switch (step % 12)
        {
            case 0 or 4:
                await _faulted.SendAsync(QueueName, Name("plain"), new SendOptions());
                break;
            case 1:
                await _faulted.SendAsync(QueueName, Name("id"), new SendOptions { MessageId = MessageId.FromName($"id-{_sent}") });
                break;
            case 2 or 8:
                await _faulted.SendAsync(TopicName, Name("news"), new SendOptions());
                break;
            case 3:
                await _faulted.SendAsync(QueueName, Name("late"), new SendOptions { Delay = TimeSpan.FromSeconds(30) });
                break;
            case 5:
                await TakeAsync(_faulted.Broker.Queue(QueueName));
                break;
            case 6:
                await TakeAsync(_faulted.Broker.Subscriptions.FirstOrDefault(s => s.Name == ReaderName));
                break;
            case 7:
                _time.Advance(TimeSpan.FromSeconds(20));
                break;
            case 9:
                await RedriveAsync();
                break;
            case 10:
                await UseMemoryAsync();
                break;
            case 11 when step > 20:
                await _faulted.SendAsync(QueueName, Name("large"), new SendOptions(), LargeBytes);
                break;
        }

        await _faulted.IdleAsync();
    }

    /// <summary>Takes three messages: acks one, fails one, gives one up.</summary>
    private async Task TakeAsync(ISubscription? subscription)
    {
        if (subscription is null)
        {
            return;
        }

        await using IConsumer<string> consumer = subscription.Consumer<string>(new ConsumerOptions { LeaseDuration = _lease });
        for (int i = 0; i < 3; i++)
        {
            Delivery<string>? taken = null;
            await _faulted.IdleAsync();
            await _faulted.DoAsync("a look for a message", () =>
            {
                taken = consumer.TryReceive(out Delivery<string> delivery) ? delivery : null;
                return Task.CompletedTask;
            });
            if (taken is not { } message)
            {
                break;
            }

            TellDelivery(subscription, message);
            await (i switch
            {
                0 => _faulted.SettleAsync(subscription, message, HistoryOperation.Ack, () => message.AckAsync().AsTask(), Settlement.Acked),
                1 => _faulted.SettleAsync(subscription, message, HistoryOperation.Nack, () => message.NackAsync(TimeSpan.FromSeconds(10)).AsTask(), Settlement.Nacked),
                _ => _faulted.SettleAsync(subscription, message, HistoryOperation.DeadLetter, () => message.DeadLetterAsync("as wanted").AsTask(), Settlement.DeadLettered),
            });
        }

        Narrator.Tell(HistoryOperation.CloseConsumer, subscription.Name);
    }

    private async Task RedriveAsync()
    {
        ISubscription queue = _faulted.Broker.Queue(QueueName);
        await _faulted.DoAsync("a look and a redrive", async () => await queue.DeadLetters.RedriveAsync(letter =>
        {
            Narrator.Tell(Describe(letter, queue.Name, HistoryOperation.Redrive, HistoryOutcome.Invoked));
            return true;
        }));
    }

    /// <summary>What needs no disk goes on while it is full.</summary>
    private async Task UseMemoryAsync()
    {
        IQueue memory = _faulted.Broker.Queue(MemoryName, new QueueOptions { Durability = Durability.Memory });
        await using IConsumer<string> consumer = memory.Consumer<string>();
        string name = Name("memory");
        await _faulted.SendAsync(MemoryName, name, new SendOptions());
        await _faulted.IdleAsync();
        await _faulted.DoAsync("a look for a message", async () =>
        {
            while (consumer.TryReceive(out Delivery<string> delivery))
            {
                TellDelivery(memory, delivery);
                await _faulted.SettleAsync(memory, delivery, HistoryOperation.Ack, () => delivery.AckAsync().AsTask(), Settlement.Acked);
            }
        });
        Narrator.Tell(HistoryOperation.CloseConsumer, memory.Name);
    }

    private async Task DrainAsync()
    {
        await OpenAsync();
        _time.Advance(TimeSpan.FromHours(200));
        List<ISubscription> subscriptions = [_faulted.Broker.Queue(QueueName), _faulted.Broker.Queue(MemoryName), .. _faulted.Broker.Subscriptions.Where(s => s.Name == ReaderName)];
        foreach (ISubscription subscription in subscriptions)
        {
            await foreach (DeadLetter letter in subscription.DeadLetters.PeekAsync())
            {
                Narrator.Tell(Describe(letter, subscription.Name, HistoryOperation.DeadLetter, HistoryOutcome.Ok));
            }

            await using IConsumer<string> consumer = subscription.Consumer<string>(new ConsumerOptions { LeaseDuration = _lease });
            await _faulted.IdleAsync();
            for (bool found = true; found;)
            {
                found = false;
                while (consumer.TryReceive(out Delivery<string> delivery))
                {
                    found = true;
                    TellDelivery(subscription, delivery);
                    await _faulted.SettleAsync(subscription, delivery, HistoryOperation.Ack, () => delivery.AckAsync().AsTask(), Settlement.Acked);
                }

                await _faulted.IdleAsync();
            }

            SubscriptionStatistics counts = subscription.Statistics;
            Narrator.Tell(HistoryOperation.Rest, subscription.Name, string.Create(
                CultureInfo.InvariantCulture,
                $"ready={counts.Ready} leased={counts.Leased} waiting={counts.Waiting} scheduled={counts.Scheduled} leases={counts.Leased}"));
        }

        await _faulted.CloseAsync();
    }

    private static void TellDelivery(ISubscription subscription, in Delivery<string> delivery) =>
        Narrator.Tell(Deliveries.Describe(delivery, subscription.Name, 1, HistoryOperation.Deliver, HistoryOutcome.Ok, 0) with { Message = NameIn(delivery.Body) });

    private static HistoryEvent Describe(DeadLetter letter, string subscription, HistoryOperation operation, HistoryOutcome outcome) =>
        Deliveries.Describe(letter, subscription, operation, outcome) with { Message = NameIn(letter.ReadBody<string>()) };

    private string Name(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{_sent++}");
}
