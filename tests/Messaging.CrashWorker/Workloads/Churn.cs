using System.Globalization;
using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Workloads;

/// <summary>Many short-lived consumers, handlers, subscriptions, redrives, purges and pauses, one after the other for each subscription, while
/// others send and receive; then everything is drained.</summary>
internal static class Churn
{
    public static async Task<int> RunAsync(string path, int seed, int operations)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(path);
        Narrator.Tell(HistoryOperation.Open, note: string.Create(CultureInfo.InvariantCulture, $"seed={seed}"));
        IQueue queue = Workload.OpenQueue(broker, Durability.Process);
        ITopic topic = broker.Topic(Workload.TopicName, new TopicOptions { Durability = Durability.Process });
        List<ISubscription> subscriptions = [queue];
        foreach (string name in Workload.Subscribers)
        {
            subscriptions.Add(await Upkeep.SubscribeAsync(broker, Workload.TopicName, name));
        }

        using var end = new CancellationTokenSource();
        Task[] load =
        [
            new Sender(broker, queue.Producer<string>(), Workload.QueueName, 1, "c", seed + 1).RunAsync(end.Token),
            new Sender(broker, topic.Producer<string>(), Workload.TopicName, 2, "c", seed + 2).RunAsync(end.Token),
            .. subscriptions.Select((subscription, i) => new Taker(subscription, 10 + i, seed + 10 + i).RunAsync(end.Token)),
        ];
        await Task.WhenAll(subscriptions.Select((subscription, i) =>
            Task.Run(() => ChurnAsync(broker, subscription, 20 + i, seed + 20 + i, operations / subscriptions.Count))));
        await end.CancelAsync();
        await Task.WhenAll(load);
        foreach (ISubscription subscription in subscriptions)
        {
            Narrator.Tell(HistoryOperation.CloseConsumer, subscription.Name);
        }

        await Draining.DrainAsync(broker, Durability.Process, TimeSpan.FromSeconds(30));
        return 0;
    }

    private static async Task ChurnAsync(MessageBroker broker, ISubscription subscription, int client, int seed, int operations)
    {
        var random = new Random(seed);
        var settler = new Settler(subscription, client);
        string passing = $"passing-{client}";
        for (int i = 0; i < operations; i++)
        {
            switch (random.Next(20))
            {
                case < 10:
                    await VisitAsync(subscription, settler, random);
                    break;
                case < 13:
                    IWorker worker = FlakyHandler.Start(subscription, client, seed + i);
                    await Task.Yield();
                    await worker.DisposeAsync();
                    Narrator.Tell(HistoryOperation.CloseConsumer, subscription.Name);
                    break;
                case < 14:
                    await Upkeep.RedriveAndPurgeAsync(subscription, seed + i);
                    break;
                case < 16:
                    subscription.Pause();
                    await Task.Yield();
                    subscription.Resume();
                    break;
                case < 18:
                    await Upkeep.SubscribeAsync(broker, Workload.TopicName, passing);
                    break;
                default:
                    Narrator.Tell(new HistoryEvent { Operation = HistoryOperation.Unsubscribe, Outcome = HistoryOutcome.Invoked, Subscription = passing });
                    await broker.UnsubscribeAsync(passing);
                    break;
            }
        }

        await broker.UnsubscribeAsync(passing);
        Narrator.Tell(new HistoryEvent { Operation = HistoryOperation.Unsubscribe, Subscription = passing });
    }

    /// <summary>Opens a consumer, takes some messages, settles some of them, and closes it: the others return.</summary>
    private static async Task VisitAsync(ISubscription subscription, Settler settler, Random random)
    {
        await using (IConsumer<string> consumer = subscription.Consumer<string>(new ConsumerOptions { LeaseDuration = Taker.Lease, Prefetch = random.Next(1, 20) }))
        {
            long asked = Narrator.Now;
            for (int taken = random.Next(4); taken > 0 && consumer.TryReceive(out Delivery<string> delivery); taken--, asked = Narrator.Now)
            {
                settler.TellDelivery(delivery, asked + Taker.Lease.Ticks);
                if (random.Next(3) > 0)
                {
                    await settler.AckAsync(delivery);
                }
            }

            // Told before: what returns may be with somebody else before the closing is over.
            Narrator.Tell(HistoryOperation.CloseConsumer, subscription.Name);
        }
    }
}
