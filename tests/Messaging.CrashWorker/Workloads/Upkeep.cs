using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Workloads;

/// <summary>What is done to subscriptions besides sending and receiving: redrive, purge, declare, remove.</summary>
internal static class Upkeep
{
    /// <summary>Tells of the dead letters, redrives some and purges others. Nobody receives meanwhile, so that the order of what is told is clear.</summary>
    public static async Task VisitDeadLettersAsync(ISubscription subscription, int seed)
    {
        await Deliveries.TellDeadAsync(subscription);
        await RedriveAndPurgeAsync(subscription, seed);
    }

    /// <summary>Redrives some dead letters, and purges others.</summary>
    public static async Task RedriveAndPurgeAsync(ISubscription subscription, int seed)
    {
        var random = new Random(seed);
        await subscription.DeadLetters.RedriveAsync(letter =>
        {
            bool chosen = random.Next(10) < 6;
            if (chosen)
            {
                Narrator.Tell(Deliveries.Describe(letter, subscription.Name, HistoryOperation.Redrive, HistoryOutcome.Invoked));
            }

            return chosen;
        });
        await subscription.DeadLetters.PurgeAsync(letter =>
        {
            bool chosen = random.Next(10) < 6;
            if (chosen)
            {
                Narrator.Tell(Deliveries.Describe(letter, subscription.Name, HistoryOperation.Purge, HistoryOutcome.Invoked));
            }

            return chosen;
        });
    }

    /// <summary>Subscribes, and deletes the subscription again, for as long as there is time; in between messages gather in it.</summary>
    public static async Task ComeAndGoAsync(IMessageBroker broker, string topic, string name, CancellationToken end)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(15));
        try
        {
            while (await pause.WaitForNextTickAsync(end))
            {
                await SubscribeAsync(broker, topic, name);
                await pause.WaitForNextTickAsync(end);
                Narrator.Tell(new HistoryEvent { Operation = HistoryOperation.Unsubscribe, Outcome = HistoryOutcome.Invoked, Subscription = name });
                await broker.UnsubscribeAsync(name, CancellationToken.None);
                Narrator.Tell(new HistoryEvent { Operation = HistoryOperation.Unsubscribe, Subscription = name });
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The time is over.
        }
    }

    public static async Task<ISubscription> SubscribeAsync(IMessageBroker broker, string topic, string name)
    {
        ISubscription subscription = await broker.SubscribeAsync(topic, name, new SubscriptionOptions { Retry = Workload.Retry });
        Narrator.Tell(HistoryOperation.Subscribe, name, destination: topic);
        return subscription;
    }
}
