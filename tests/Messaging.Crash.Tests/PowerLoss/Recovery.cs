using System.Globalization;
using Messaging.Crash.Tests.Corruption;
using Messaging.CrashWorker.Workloads;
using Messaging.Sqlite;
using Messaging.Storage;
using Messaging.Testing;
using Messaging.Testing.Histories;

namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>The opening of what a power cut left: the file is checked, all that is in it is taken and acked, and the history tells of it.</summary>
internal sealed class Recovery
{
    private readonly MessageBroker _broker;
    private readonly History _history;
    private readonly long _time;

    private Recovery(MessageBroker broker, History history)
    {
        _broker = broker;
        _history = history;
        _time = history.Events[^1].Time + TimeSpan.TicksPerHour;
    }

    /// <summary>Opens the file, and adds what is in it.</summary>
    /// <returns>What the opening noted as lost or damaged.</returns>
    /// <exception cref="StoreException">It is damaged.</exception>
    public static async Task<IReadOnlyList<StoreDamage>> RunAsync(string path, History history, Durability durability)
    {
        // By this clock, everything is due that was scheduled when the trace was recorded.
        var time = new VirtualTime();
        var store = new WatchedStore(new SqliteMessageStore(path, new SqliteStoreOptions { CheckOnOpen = SqliteStoreCheck.Full }));
        await using MessageBroker broker = await MessageBroker.OpenAsync(store, new BrokerOptions { TimeProvider = time });
        await new Recovery(broker, history).AddAllAsync(durability);
        return store.Damage;
    }

    private async Task AddAllAsync(Durability durability)
    {
        Add(new HistoryEvent { Operation = HistoryOperation.Open });
        await _broker.WhenIdleAsync();
        ISubscription[] subscriptions = [Workload.OpenQueue(_broker, durability), .. _broker.Subscriptions];
        foreach (ISubscription subscription in subscriptions)
        {
            await AddDeadAsync(subscription);
            await DrainAsync(subscription);

            // What was in hand at the cut for the last time it may fail is given up instead of being handed over.
            await AddDeadAsync(subscription);
            SubscriptionStatistics left = subscription.Statistics;
            Add(new HistoryEvent
            {
                Operation = HistoryOperation.Rest,
                Subscription = subscription.Name,
                Note = string.Create(CultureInfo.InvariantCulture, $"ready={left.Ready} leased={left.Leased} waiting={left.Waiting} scheduled={left.Scheduled} leases={left.Leased}"),
            });
        }
    }

    private async Task DrainAsync(ISubscription subscription)
    {
        List<(HistoryEvent Delivery, Task<Settlement> Ack)> acks = [];
        await using IConsumer<string> consumer = subscription.Consumer<string>();
        await _broker.WhenIdleAsync();
        while (consumer.TryReceive(out Delivery<string> delivery))
        {
            do
            {
                HistoryEvent seen = Deliveries.Describe(delivery, subscription.Name, 1, HistoryOperation.Deliver, HistoryOutcome.Ok, 0);
                Add(seen);
                acks.Add((seen, delivery.AckAsync().AsTask()));
            }
            while (consumer.TryReceive(out delivery));

            await _broker.WhenIdleAsync();
        }

        foreach ((HistoryEvent delivery, Task<Settlement> ack) in acks)
        {
            Add(delivery with { Operation = HistoryOperation.Ack, Outcome = await ack == Settlement.Acked ? HistoryOutcome.Ok : HistoryOutcome.Failed });
        }
    }

    private async Task AddDeadAsync(ISubscription subscription)
    {
        long dead = 0;
        await foreach (DeadLetter letter in subscription.DeadLetters.PeekAsync())
        {
            Add(Deliveries.Describe(letter, subscription.Name, HistoryOperation.DeadLetter, HistoryOutcome.Ok));
            dead++;
        }

        Add(new HistoryEvent
        {
            Operation = HistoryOperation.Count,
            Subscription = subscription.Name,
            Note = string.Create(CultureInfo.InvariantCulture, $"dead={subscription.Statistics.Dead} store.dead={dead}"),
        });
    }

    private void Add(HistoryEvent happened) => _history.Add(happened with { Time = _time });
}
