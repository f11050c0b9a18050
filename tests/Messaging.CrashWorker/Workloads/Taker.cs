using Messaging.Testing.Histories;

namespace Messaging.CrashWorker.Workloads;

/// <summary>One client that receives from one subscription and acks, nacks, gives up, extends, settles too late or twice, or does nothing.</summary>
internal sealed class Taker(ISubscription subscription, int client, int seed, bool settlesAll = false)
{
    public static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(60);

    private readonly Settler _settler = new(subscription, client);
    private readonly Random _random = new(seed);
    private readonly Queue<(Delivery<string> Delivery, long Ends)> _kept = new();

    public async Task RunAsync(CancellationToken end)
    {
        await using IConsumer<string> consumer = subscription.Consumer<string>(new ConsumerOptions { LeaseDuration = Lease, Prefetch = 32 });
        await TakeAsync(consumer, end);

        // Told before: what returns may be with somebody else before the closing is over.
        Narrator.Tell(HistoryOperation.CloseConsumer, subscription.Name);
    }

    private async Task TakeAsync(IConsumer<string> consumer, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            long asked = Narrator.Now;
            Delivery<string> delivery;
            try
            {
                if (!consumer.TryReceive(out delivery))
                {
                    delivery = await consumer.ReceiveAsync(end);
                }
            }
            catch (Exception exception) when (Outcome.Of(exception) is not null)
            {
                return;
            }

            _settler.TellDelivery(delivery, asked + Lease.Ticks);
            await SettleAsync(delivery);
        }
    }

    private async Task SettleAsync(Delivery<string> delivery)
    {
        switch (settlesAll ? 0 : _random.Next(100))
        {
            case < 80:
                await _settler.AckAsync(delivery);
                break;
            case < 87:
                await _settler.NackAsync(delivery, TimeSpan.FromMilliseconds(_random.Next(0, 30)));
                break;
            case < 90:
                await _settler.DeadLetterAsync(delivery);
                break;
            case < 93:
                // Kept beyond its lease: the ack comes too late.
                _kept.Enqueue((delivery, Narrator.Now + (2 * Lease.Ticks)));
                break;
            case < 95:
                await _settler.AckAsync(delivery);
                await _settler.AckAsync(delivery);
                break;
            case < 98:
                Settlement extended = delivery.Extend(2 * Lease);
                if (extended == Settlement.Extended)
                {
                    await _settler.AckAsync(delivery);
                }

                break;
            default:
                // Left alone: its lease ends.
                break;
        }

        while (_kept.TryPeek(out (Delivery<string> Delivery, long Ends) kept) && kept.Ends < Narrator.Now)
        {
            _kept.Dequeue();
            await _settler.AckAsync(kept.Delivery);
        }
    }
}
