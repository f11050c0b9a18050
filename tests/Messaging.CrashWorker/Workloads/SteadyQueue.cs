using System.Globalization;
using Messaging.Testing;
using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Workloads;

/// <summary>One queue of a workload on virtual time, with its consumer: each call is made when nothing else is left to do.</summary>
internal sealed class SteadyQueue
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly MessageBroker _broker;
    private readonly VirtualTime _time;
    private readonly IQueue _queue;
    private readonly IProducer<string> _producer;
    private readonly int _timersBefore;

    public SteadyQueue(MessageBroker broker, VirtualTime time, string name)
    {
        _broker = broker;
        _time = time;
        _timersBefore = time.ArmedTimers;
        _queue = broker.Queue(name, new QueueOptions { Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(1), Deliveries.MaxFailures) });
        _producer = _queue.Producer<string>();
        Settler = new Settler(_queue, client: 1);
        Consumer = Open();
    }

    public Settler Settler { get; }

    public IConsumer<string> Consumer { get; }

    public IConsumer<string> Open() => _queue.Consumer<string>(new ConsumerOptions { LeaseDuration = Lease });

    public async Task SendAsync(params string[] names)
    {
        foreach (string name in names)
        {
            await SendAsync(name, options: null);
        }
    }

    public Task SendAsync(string name, TimeSpan delay) => SendAsync(name, new SendOptions { Delay = delay });

    /// <summary>Sends a message with an id, which may have been sent before.</summary>
    public Task SendOnceAsync(string name) => SendAsync(name, new SendOptions { MessageId = MessageId.FromName(name) });

    /// <summary>Receives so many messages, or fewer if there are no more.</summary>
    public async Task<List<Delivery<string>>> ReceiveAsync(int most = int.MaxValue, IConsumer<string>? from = null)
    {
        List<Delivery<string>> all = [];
        await _broker.WhenIdleAsync();
        while (all.Count < most && (from ?? Consumer).TryReceive(out Delivery<string> delivery))
        {
            Settler.TellDelivery(delivery, Narrator.Now + Lease.Ticks);
            all.Add(delivery);
            await _broker.WhenIdleAsync();
        }

        return all;
    }

    public async Task AckAllAsync()
    {
        foreach (Delivery<string> delivery in await ReceiveAsync())
        {
            await Settler.AckAsync(delivery);
        }
    }

    public async Task AdvanceAsync(TimeSpan by)
    {
        await _broker.WhenIdleAsync();
        _time.Advance(by);
        await _broker.WhenIdleAsync();
    }

    public Task<long> TellDeadAsync() => Deliveries.TellDeadAsync(_queue);

    /// <summary>Tells what is held; with the timers, when none should be set any more.</summary>
    public async Task RestAsync(bool withTimers = false)
    {
        await _broker.WhenIdleAsync();
        SubscriptionStatistics counts = _queue.Statistics;
        long dead = await TellDeadAsync();
        Narrator.Tell(HistoryOperation.Count, _queue.Name, string.Create(CultureInfo.InvariantCulture, $"acked={counts.Acked} dead={counts.Dead} store.dead={dead}"));
        string timers = withTimers ? string.Create(CultureInfo.InvariantCulture, $" timers={_time.ArmedTimers} base.timers={_timersBefore}") : "";
        Narrator.Tell(HistoryOperation.Rest, _queue.Name, string.Create(
            CultureInfo.InvariantCulture,
            $"ready={counts.Ready} leased={counts.Leased} waiting={counts.Waiting} scheduled={counts.Scheduled} leases={counts.Leased}{timers}"));
    }

    private async Task SendAsync(string name, SendOptions? options)
    {
        long due = options is null || options.Delay == TimeSpan.Zero ? 0 : Narrator.Now + options.Delay.Ticks;
        var told = new HistoryEvent
        {
            Client = 1, Operation = HistoryOperation.Send, Outcome = HistoryOutcome.Invoked, Destination = _queue.Name, Message = name, Due = due,
        };
        Narrator.Tell(told);
        try
        {
            Receipt receipt = await _producer.SendAsync(Text.Of(name), options);
            Narrator.Tell(told with { Outcome = HistoryOutcome.Ok, Sequence = receipt.Sequence });
        }
        catch (Exception exception) when (Outcome.Of(exception) is { } outcome)
        {
            Narrator.Tell(told with { Outcome = outcome });
        }
    }
}
