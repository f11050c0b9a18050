using Messaging.Diagnostics;
using Messaging.Testing.Histories;

namespace Messaging.Testing.Workloads.Clients;

/// <summary>A client that receives from one subscription in each way there is, and acks, nacks, gives up, extends, settles too late, twice or in another
/// order, does nothing, or closes its consumer and opens another one.</summary>
internal sealed class TakingClient(Life life, ISubscription subscription, int client) : IClient
{
    private const int LargestBatch = 6;
    private const int LargestPrefetch = 32;

    private readonly DeliverySettler _settler = new(life, subscription.Name, client);
    private readonly Random _random = life.RandomFor(client);
    private readonly List<(Delivery<string> Delivery, long At)> _kept = [];
    private bool _reopens;

    public async Task RunAsync()
    {
        while (!life.IsOver)
        {
            _reopens = false;
            IConsumer<string> consumer = subscription.Consumer<string>(
                new ConsumerOptions { LeaseDuration = life.Options.Lease, Prefetch = _random.Next(1, LargestPrefetch + 1) });
            try
            {
                await TakeAsync(consumer).ConfigureAwait(WorkContext.IsCurrent);
            }
            finally
            {
                await CloseAsync(life, consumer, subscription.Name, client).ConfigureAwait(WorkContext.IsCurrent);
            }
        }
    }

    /// <summary>Closes a consumer or handler. It is told before and after: what it holds may be with somebody else before that is over, and it
    /// may be given something until it has begun.</summary>
    public static async ValueTask CloseAsync(Life life, IAsyncDisposable consumer, string subscription, int client)
    {
        var told = new HistoryEvent { Client = client, Operation = HistoryOperation.CloseConsumer, Subscription = subscription };
        life.Tell(told);
        await consumer.DisposeAsync().ConfigureAwait(WorkContext.IsCurrent);
        life.Tell(told);
    }

    private async Task TakeAsync(IConsumer<string> consumer)
    {
        while (!life.IsOver && !_reopens)
        {
            List<Delivery<string>> taken;
            try
            {
                taken = await ReceiveAsync(consumer).ConfigureAwait(WorkContext.IsCurrent);
            }
            catch (OperationCanceledException) when (life.IsOver)
            {
                return;
            }

            foreach (Delivery<string> delivery in taken)
            {
                // Without a step left it is returned when the consumer is closed.
                if (life.TryBegin())
                {
                    await SettleAsync(delivery).ConfigureAwait(WorkContext.IsCurrent);
                }
            }

            await life.PauseAsync(_random).ConfigureAwait(WorkContext.IsCurrent);
            await SettleKeptAsync().ConfigureAwait(WorkContext.IsCurrent);
        }
    }

    private async Task<List<Delivery<string>>> ReceiveAsync(IConsumer<string> consumer)
    {
        long asked = life.Now;
        if (consumer.TryReceive(out Delivery<string> ready))
        {
            _settler.TellDelivery(ready, asked);
            return [ready];
        }

        int kind = _random.Next(10);
        List<Delivery<string>> taken = [];
        if (kind < 6)
        {
            taken.Add(await consumer.ReceiveAsync(life.End).ConfigureAwait(WorkContext.IsCurrent));
            _settler.TellDelivery(taken[0], asked);
        }
        else if (kind < 8)
        {
            TimeSpan most = _random.DrawTime(life.Options.LongestDelay);
            foreach (Delivery<string> delivery in await consumer
                .ReceiveBatchAsync(_random.Next(1, LargestBatch + 1), most, life.End).ConfigureAwait(WorkContext.IsCurrent))
            {
                taken.Add(delivery);
                _settler.TellDelivery(delivery, asked);
            }
        }
        else
        {
            int count = _random.Next(1, LargestBatch + 1);
            await foreach (Delivery<string> delivery in consumer.ReadAllAsync(life.End).ConfigureAwait(WorkContext.IsCurrent))
            {
                taken.Add(delivery);
                _settler.TellDelivery(delivery, asked);
                if (taken.Count == count)
                {
                    break;
                }

                asked = life.Now;
            }
        }

        return taken;
    }

    private async Task SettleAsync(Delivery<string> delivery)
    {
        WorkloadShares shares = life.Options.Shares;
        switch (_random.Draw(
            shares.Ack, shares.Nack, shares.DeadLetter, shares.Extend, shares.AckTwice, shares.SettleLate, shares.SettleOutOfOrder, shares.Leave, shares.Reopen))
        {
            case 1:
                await _settler.NackAsync(delivery, _random.Next(3) == 0 ? null : _random.DrawTime(life.Options.LongestDelay)).ConfigureAwait(WorkContext.IsCurrent);
                break;
            case 2:
                await _settler.DeadLetterAsync(delivery).ConfigureAwait(WorkContext.IsCurrent);
                break;
            case 3:
                if (_settler.Extend(delivery, 2 * life.Options.Lease))
                {
                    await life.PauseAsync(_random).ConfigureAwait(WorkContext.IsCurrent);
                    await _settler.AckAsync(delivery).ConfigureAwait(WorkContext.IsCurrent);
                }

                break;
            case 4:
                await _settler.AckAsync(delivery).ConfigureAwait(WorkContext.IsCurrent);
                await _settler.AckAsync(delivery).ConfigureAwait(WorkContext.IsCurrent);
                break;
            case 5:
                _kept.Add((delivery, life.Now + life.Options.Lease.Ticks + _random.DrawTime(life.Options.Lease).Ticks));
                break;
            case 6:
                _kept.Add((delivery, life.Now + _random.DrawTime(life.Options.Lease / 2).Ticks));
                break;
            case 7:
                // Left alone: its lease ends.
                break;
            case 8:
                _reopens = true;
                break;
            default:
                await _settler.AckAsync(delivery).ConfigureAwait(WorkContext.IsCurrent);
                break;
        }
    }

    private async Task SettleKeptAsync()
    {
        long now = life.Now;
        for (int i = _kept.Count - 1; i >= 0; i--)
        {
            (Delivery<string> delivery, long at) = _kept[i];
            if (at > now)
            {
                continue;
            }

            _kept.RemoveAt(i);
            await (_random.Next(4) == 0 ? _settler.NackAsync(delivery, TimeSpan.Zero) : _settler.AckAsync(delivery)).ConfigureAwait(WorkContext.IsCurrent);
        }
    }
}
