using System.Globalization;
using Messaging.Checkers;
using Messaging.CrashWorker.Workloads;
using Messaging.Sqlite;
using Messaging.TestSupport;

namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>The opening of what a power cut left: the file is checked, and everything in it is added to the history.</summary>
internal sealed class Recovery
{
    private static readonly ConsumerOptions _takesAll = new() { LeaseDuration = TimeSpan.FromDays(1), Prefetch = 65_536 };

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
    /// <exception cref="StoreException">It is damaged.</exception>
    public static async Task RunAsync(string path, History history)
    {
        // By this clock, everything is due that was scheduled when the trace was recorded.
        var time = new ManualTimeProvider();
        await using MessageBroker broker = await MessageBroker.OpenAsync(
            path, new BrokerOptions { TimeProvider = time }, new SqliteStoreOptions { CheckOnOpen = SqliteStoreCheck.Full });
        await new Recovery(broker, history).AddAllAsync();
    }

    private async Task AddAllAsync()
    {
        Add(new HistoryEvent { Operation = HistoryOperation.Open });
        await _broker.WhenIdleAsync();
        ISubscription[] subscriptions = [.. _broker.Subscriptions
            .Where(subscription => subscription.Name is Workload.QueueName or Workload.Passing || Workload.Subscribers.Contains(subscription.Name))];
        foreach (ISubscription subscription in subscriptions)
        {
            await AddDeadAsync(subscription);
            await using IConsumer<string> consumer = subscription.Consumer<string>(_takesAll);
            await _broker.WhenIdleAsync();
            while (consumer.TryReceive(out Delivery<string> delivery))
            {
                HistoryEvent seen = Deliveries.Describe(delivery, subscription.Name, 1, HistoryOperation.Deliver, HistoryOutcome.Ok, 0);
                Add(seen);
                Add(seen with { Operation = HistoryOperation.Found });
                await _broker.WhenIdleAsync();
            }
        }

        Add(new HistoryEvent { Operation = HistoryOperation.Rest });
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
