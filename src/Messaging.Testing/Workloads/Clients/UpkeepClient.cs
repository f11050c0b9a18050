using Messaging.Diagnostics;
using Messaging.Redelivery;
using Messaging.Testing.Histories;

namespace Messaging.Testing.Workloads.Clients;

/// <summary>A client that redrives and deletes dead letters, pauses and resumes, visits, and lets a subscription come and go.</summary>
internal sealed class UpkeepClient(Life life, List<ISubscription> subscriptions, int client) : IClient
{
    private const int MostTaken = 5;
    private const int PausesBetween = 2;

    private readonly Random _random = life.RandomFor(client);
    private ISubscription? _passing;

    public async Task RunAsync()
    {
        foreach (ISubscription subscription in subscriptions)
        {
            await LookAsync(subscription).ConfigureAwait(WorkContext.IsCurrent);
        }

        while (life.TryBegin())
        {
            try
            {
                await StepAsync().ConfigureAwait(WorkContext.IsCurrent);
            }
            catch (Exception exception) when (life.Explains(exception))
            {
                // Refused: another time.
            }

            await life.DelayAsync(_random.DrawTime(life.Options.LongestPause * PausesBetween)).ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    private Task StepAsync()
    {
        WorkloadShares shares = life.Options.Shares;
        ISubscription subscription = Choose();
        return _random.Draw(shares.Redrive, shares.Purge, shares.Pause, shares.Subscribe, shares.Visit) switch
        {
            0 => ChangeAsync(subscription, HistoryOperation.Redrive, subscription.DeadLetters.RedriveAsync),
            1 => ChangeAsync(subscription, HistoryOperation.Purge, subscription.DeadLetters.PurgeAsync),
            2 => PauseAsync(subscription),
            3 => ComeOrGoAsync(),
            _ => VisitAsync(subscription),
        };
    }

    private ISubscription Choose()
    {
        int chosen = _random.Next(subscriptions.Count + (_passing is null ? 0 : 1));
        return chosen < subscriptions.Count ? subscriptions[chosen] : _passing!;
    }

    private async Task LookAsync(ISubscription subscription)
    {
        try
        {
            await Draining.TellDeadAsync(subscription, client, life.Options, life.Tell).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception) when (life.Explains(exception))
        {
            // What cannot be looked at is not told of.
        }
    }

    private async Task ChangeAsync(
        ISubscription subscription, HistoryOperation operation, Func<Func<DeadLetter, bool>?, CancellationToken, ValueTask<long>> change) =>
        await change(
            letter =>
            {
                bool isChosen = _random.Next(10) < 6;
                if (isChosen)
                {
                    life.Tell(Descriptions.Of(letter, subscription.Name, client, operation, HistoryOutcome.Invoked, RetryDecision.MaxFailuresOf(life.Options.Retry)));
                }

                return isChosen;
            },
            CancellationToken.None).ConfigureAwait(WorkContext.IsCurrent);

    private async Task PauseAsync(ISubscription subscription)
    {
        subscription.Pause();
        await life.DelayAsync(_random.DrawTime(life.Options.LongestPause)).ConfigureAwait(WorkContext.IsCurrent);
        subscription.Resume();
    }

    private async Task ComeOrGoAsync()
    {
        if (_passing is null)
        {
            _passing = await life.SubscribeAsync(Places.PassingSubscription).ConfigureAwait(WorkContext.IsCurrent);
            return;
        }

        _passing = null;
        var told = new HistoryEvent { Client = client, Operation = HistoryOperation.Unsubscribe, Subscription = Places.Passing };
        life.Tell(told with { Outcome = HistoryOutcome.Invoked });
        await life.Broker.UnsubscribeAsync(Places.Passing).ConfigureAwait(WorkContext.IsCurrent);
        life.Tell(told);
    }

    /// <summary>Opens a consumer, takes some messages, settles some of them, and closes it: the others return.</summary>
    private async Task VisitAsync(ISubscription subscription)
    {
        var settler = new DeliverySettler(life, subscription.Name, client);
        IConsumer<string> consumer = subscription.Consumer<string>(
            new ConsumerOptions { LeaseDuration = life.Options.Lease, Prefetch = _random.Next(1, 20) });
        try
        {
            long asked = life.Now;
            for (int left = _random.Next(1, MostTaken + 1); left > 0 && consumer.TryReceive(out Delivery<string> delivery); left--, asked = life.Now)
            {
                settler.TellDelivery(delivery, asked);
                if (_random.Next(3) > 0)
                {
                    await settler.AckAsync(delivery).ConfigureAwait(WorkContext.IsCurrent);
                }
            }
        }
        finally
        {
            await TakingClient.CloseAsync(life, consumer, subscription.Name, client).ConfigureAwait(WorkContext.IsCurrent);
        }
    }
}
