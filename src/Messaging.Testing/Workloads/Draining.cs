using System.Globalization;
using Messaging.Diagnostics;
using Messaging.Redelivery;
using Messaging.Testing.Histories;
using Messaging.Testing.Workloads.Clients;

namespace Messaging.Testing.Workloads;

/// <summary>The end of a history: takes and acks whatever is left, tells of the dead letters, and then of what is still held.</summary>
internal sealed class Draining(Life life)
{
    private const int TakersEach = 2;
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(5);

    /// <summary>Tells of all dead letters of a subscription.</summary>
    /// <returns>How many there are.</returns>
    public static async Task<long> TellDeadAsync(ISubscription subscription, int client, WorkloadOptions options, Action<HistoryEvent> tell)
    {
        long count = 0;
        try
        {
            await foreach (DeadLetter letter in subscription.DeadLetters.PeekAsync().ConfigureAwait(WorkContext.IsCurrent))
            {
                tell(Descriptions.Of(letter, subscription.Name, client, HistoryOperation.DeadLetter, HistoryOutcome.Ok, RetryDecision.MaxFailuresOf(options.Retry)));
                count++;
            }
        }
        catch (StoreException exception) when (!exception.MustReopen)
        {
            // What cannot be looked at is not told of, and so is missing in the history.
        }

        return count;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        List<ISubscription> subscriptions = [.. Places.Queues.Select(name => Places.OpenQueue(life.Broker, name, life.Options))];
        foreach (string topic in Places.Topics)
        {
            Places.OpenTopic(life.Broker, topic, life.Options);
        }

        foreach ((string Name, string Pattern, string[] Topics) place in Places.Subscriptions)
        {
            subscriptions.Add(await life.SubscribeAsync(place).ConfigureAwait(WorkContext.IsCurrent));
        }

        subscriptions.AddRange(life.Broker.Subscriptions.Where(subscription => subscription.Name == Places.Passing));
        foreach (ISubscription subscription in subscriptions)
        {
            await TellDeadAsync(subscription, 0, life.Options, life.Tell).ConfigureAwait(WorkContext.IsCurrent);
        }

        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static life => ((Life)life!).Stop(), life);
        Task cancelling = life.CancelAtEndAsync();
        Task[] takers = [.. subscriptions.SelectMany(subscription => Enumerable.Range(0, TakersEach).Select(_ => TakeAsync(subscription, life.NextClient())))];
        try
        {
            // A topic's subscriptions do not count what is scheduled for it.
            await life.DelayAsync(TimeSpan.FromTicks(life.Workload.LatestDue - life.Now) + life.Options.LongestDelay).ConfigureAwait(WorkContext.IsCurrent);
            await WaitUntilNothingIsHeldAsync(subscriptions).ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            life.Stop();
            await cancelling.ConfigureAwait(WorkContext.IsCurrent);
            await Task.WhenAll(takers).ConfigureAwait(WorkContext.IsCurrent);
        }

        cancellationToken.ThrowIfCancellationRequested();
        foreach (ISubscription subscription in subscriptions)
        {
            await TellEndAsync(subscription).ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    private async Task TakeAsync(ISubscription subscription, int client)
    {
        await Task.Yield();
        var settler = new DeliverySettler(life, subscription.Name, client);
        IConsumer<string> consumer = subscription.Consumer<string>(new ConsumerOptions { LeaseDuration = life.Options.Lease });
        try
        {
            while (!life.IsOver)
            {
                long asked = life.Now;
                Delivery<string> delivery = await consumer.ReceiveAsync(life.End).ConfigureAwait(WorkContext.IsCurrent);
                settler.TellDelivery(delivery, asked);
                await settler.AckAsync(delivery).ConfigureAwait(WorkContext.IsCurrent);
            }
        }
        catch (OperationCanceledException) when (life.IsOver)
        {
            // Nothing is left.
        }
        catch
        {
            // What is due later does not come any more, and nobody is to wait for it.
            life.Stop();
            throw;
        }
        finally
        {
            await TakingClient.CloseAsync(life, consumer, subscription.Name, client).ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    /// <summary>Waits, but not for longer than a time in which nothing is acked: what takes long because there is much is no failure.</summary>
    private async Task WaitUntilNothingIsHeldAsync(List<ISubscription> subscriptions)
    {
        long acked = -1;
        long since = life.Now;
        while (!life.IsOver && subscriptions.Exists(subscription => Held(subscription.Statistics) > 0) && life.Now - since < life.Options.DrainLimit.Ticks)
        {
            await life.DelayAsync(_look).ConfigureAwait(WorkContext.IsCurrent);
            long now = subscriptions.Sum(subscription => subscription.Statistics.Acked);
            since = now == acked ? since : life.Now;
            acked = now;
        }
    }

    private async Task TellEndAsync(ISubscription subscription)
    {
        SubscriptionStatistics counts = subscription.Statistics;
        long dead = await TellDeadAsync(subscription, 0, life.Options, life.Tell).ConfigureAwait(WorkContext.IsCurrent);
        Tell(HistoryOperation.Count, subscription, $"acked={counts.Acked} dead={counts.Dead} store.dead={dead}");
        Tell(
            HistoryOperation.Rest,
            subscription,
            $"ready={counts.Ready} leased={counts.Leased} waiting={counts.Waiting} scheduled={counts.Scheduled} leases={counts.Leased}");
    }

    private void Tell(HistoryOperation operation, ISubscription subscription, FormattableString note) => life.Tell(
        new HistoryEvent { Operation = operation, Subscription = subscription.Name, Note = note.ToString(CultureInfo.InvariantCulture) });

    private static long Held(in SubscriptionStatistics counts) => counts.Ready + counts.Leased + counts.Waiting + counts.Scheduled;
}
