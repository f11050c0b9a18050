using System.Globalization;
using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Workloads;

/// <summary>The end of a history: takes and acks whatever is left, tells of the dead letters, and then of what is still held.</summary>
internal static class Draining
{
    private const int TakersEach = 8;

    public static async Task<int> RunAsync(string path, Durability durability, int seconds)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(path);
        Narrator.Tell(HistoryOperation.Open, note: "drain");
        await DrainAsync(broker, durability, TimeSpan.FromSeconds(seconds));
        return 0;
    }

    public static async Task DrainAsync(MessageBroker broker, Durability durability, TimeSpan most)
    {
        List<ISubscription> subscriptions = [Workload.OpenQueue(broker, durability)];
        foreach (string name in Workload.Subscribers)
        {
            subscriptions.Add(await Upkeep.SubscribeAsync(broker, Workload.TopicName, name));
        }

        // A topic's subscriptions do not count what is scheduled for it: all of that is due after this.
        using (var due = new PeriodicTimer(Sender.LongestDelay + TimeSpan.FromMilliseconds(50)))
        {
            await due.WaitForNextTickAsync();
        }

        subscriptions.AddRange(broker.Subscriptions.Where(subscription => subscription.Name == Workload.Passing));
        foreach (ISubscription subscription in subscriptions)
        {
            await Deliveries.TellDeadAsync(subscription);
        }

        using var end = new CancellationTokenSource();
        Task[] takers = [.. subscriptions.SelectMany((subscription, i) => Enumerable.Range(0, TakersEach)
            .Select(j => new Taker(subscription, 1_000 + (i * TakersEach) + j, 0, settlesAll: true).RunAsync(end.Token)))];
        await WaitUntilNothingIsHeldAsync(subscriptions, most);
        await end.CancelAsync();
        await Task.WhenAll(takers);
        foreach (ISubscription subscription in subscriptions)
        {
            await TellEndAsync(subscription);
        }
    }

    /// <summary>Waits, but not for longer than a time in which nothing is acked: what takes long because there is much is no failure.</summary>
    private static async Task WaitUntilNothingIsHeldAsync(List<ISubscription> subscriptions, TimeSpan most)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        long acked = -1;
        long since = Narrator.Now;
        while (subscriptions.Exists(subscription => Held(subscription.Statistics) > 0) && Narrator.Now - since < most.Ticks)
        {
            await pause.WaitForNextTickAsync();
            long now = subscriptions.Sum(subscription => subscription.Statistics.Acked);
            since = now == acked ? since : Narrator.Now;
            acked = now;
        }
    }

    private static async Task TellEndAsync(ISubscription subscription)
    {
        SubscriptionStatistics counts = subscription.Statistics;
        long dead = await Deliveries.TellDeadAsync(subscription);
        Narrator.Tell(HistoryOperation.Count, subscription.Name, string.Create(CultureInfo.InvariantCulture, $"acked={counts.Acked} dead={counts.Dead} store.dead={dead}"));
        Narrator.Tell(HistoryOperation.Rest, subscription.Name, string.Create(
            CultureInfo.InvariantCulture,
            $"ready={counts.Ready} leased={counts.Leased} waiting={counts.Waiting} scheduled={counts.Scheduled} leases={counts.Leased}"));
    }

    private static long Held(in SubscriptionStatistics counts) => counts.Ready + counts.Leased + counts.Waiting + counts.Scheduled;
}
