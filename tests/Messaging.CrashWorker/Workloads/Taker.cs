using Messaging.Checkers;

namespace Messaging.CrashWorker.Workloads;

/// <summary>One client that receives from one subscription and acks, nacks, gives up, extends, settles too late or twice, or does nothing.</summary>
internal sealed class Taker(ISubscription subscription, int client, int seed, bool settlesAll = false)
{
    public static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(60);

    private readonly Random _random = new(seed);
    private readonly Queue<(Delivery<string> Delivery, long Ends)> _kept = new();

    public async Task RunAsync(CancellationToken end)
    {
        await using IConsumer<string> consumer = subscription.Consumer<string>(new ConsumerOptions { LeaseDuration = Lease, Prefetch = 32 });
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

            Told(delivery, HistoryOperation.Deliver, HistoryOutcome.Ok, asked + Lease.Ticks);
            await SettleAsync(delivery);
        }
    }

    private async Task SettleAsync(Delivery<string> delivery)
    {
        switch (settlesAll ? 0 : _random.Next(100))
        {
            case < 80:
                await AckAsync(delivery);
                break;
            case < 87:
                await NackAsync(delivery, TimeSpan.FromMilliseconds(_random.Next(0, 30)));
                break;
            case < 90:
                await CallAsync(delivery, HistoryOperation.DeadLetter, () => delivery.DeadLetterAsync("as the workload wants"), Settlement.DeadLettered);
                break;
            case < 93:
                // Kept beyond its lease: the ack comes too late.
                _kept.Enqueue((delivery, Narrator.Now + (2 * Lease.Ticks)));
                break;
            case < 95:
                await AckAsync(delivery);
                await AckAsync(delivery);
                break;
            case < 98:
                Settlement extended = delivery.Extend(2 * Lease);
                if (extended == Settlement.Extended)
                {
                    await AckAsync(delivery);
                }

                break;
            default:
                // Left alone: its lease ends.
                break;
        }

        while (_kept.TryPeek(out (Delivery<string> Delivery, long Ends) kept) && kept.Ends < Narrator.Now)
        {
            _kept.Dequeue();
            await AckAsync(kept.Delivery);
        }
    }

    private Task AckAsync(Delivery<string> delivery) =>
        CallAsync(delivery, HistoryOperation.Ack, () => delivery.AckAsync(), Settlement.Acked);

    private async Task NackAsync(Delivery<string> delivery, TimeSpan delay)
    {
        long due = delay > Outcome.ClockSlack ? Narrator.Now + (delay - Outcome.ClockSlack).Ticks : 0;
        await CallAsync(delivery, HistoryOperation.Nack, () => delivery.NackAsync(delay), Settlement.Nacked, due);
    }

    private async Task CallAsync(
        Delivery<string> delivery, HistoryOperation operation, Func<ValueTask<Settlement>> call, Settlement wanted, long due = 0)
    {
        Told(delivery, operation, HistoryOutcome.Invoked, due);
        try
        {
            Settlement settlement = await call();
            if (settlement == Settlement.DeadLettered && wanted != settlement)
            {
                // It was its last allowed failure.
                Told(delivery, HistoryOperation.DeadLetter, HistoryOutcome.Ok, 0);
                return;
            }

            Told(delivery, operation, settlement == wanted ? HistoryOutcome.Ok : HistoryOutcome.Failed, due);
        }
        catch (Exception exception) when (Outcome.Of(exception) is { } outcome)
        {
            Told(delivery, operation, outcome == HistoryOutcome.Failed ? HistoryOutcome.Unknown : outcome, due);
        }
    }

    private void Told(in Delivery<string> delivery, HistoryOperation operation, HistoryOutcome outcome, long due) =>
        Narrator.Tell(Deliveries.Describe(delivery, subscription.Name, client, operation, outcome, due));
}
