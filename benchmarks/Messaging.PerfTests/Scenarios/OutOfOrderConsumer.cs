using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>A consumer that acknowledges in an order of its own, and lets go of what it holds when its subscription gives nothing more.</summary>
internal sealed class OutOfOrderConsumer(AckOrder order, AckLedger ledger, long messages)
{
    private const int MostAtOnce = 1_000;

    // Longer than a read of the backlog takes, and short beside what is handed out between two of these waits. Taken for
    // a stop by mistake, it only lets go of what is held too early.
    private static readonly TimeSpan _silence = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _longSilence = TimeSpan.FromMilliseconds(500);

    // What it holds is not to come back because a lease ends.
    private static readonly ConsumerOptions _options = new() { LeaseDuration = TimeSpan.FromDays(7), Prefetch = MostAtOnce };

    private readonly AckWindow _acks = new(ledger);
    private readonly long _toCome = messages - ledger.Acked;
    private long _received;

    /// <summary>Gets how often the subscription gave nothing more, though there was more.</summary>
    public int Stops { get; private set; }

    public int MostHeld { get; private set; }

    /// <summary>Receives and acknowledges until all is acknowledged.</summary>
    public async Task RunAsync(IQueue queue, CancellationToken cancellationToken)
    {
        await using IConsumer<ReadOnlyMemory<byte>> consumer = queue.Consumer<ReadOnlyMemory<byte>>(_options);
        while (ledger.Acked < messages)
        {
            await TakeAllAsync(consumer, _silence, cancellationToken);
            foreach (Delivery<ReadOnlyMemory<byte>> delivery in order.Release())
            {
                await _acks.AckAsync(RawBody.NumberOf(delivery.Body), delivery);
            }

            await _acks.DrainAsync();
            Stops += ledger.Acked < messages ? 1 : 0;
        }
    }

    /// <summary>Receives until the subscription gives nothing more, and goes without acknowledging what it holds.</summary>
    public async Task RunUntilStoppedAsync(IQueue queue, CancellationToken cancellationToken)
    {
        await using IConsumer<ReadOnlyMemory<byte>> consumer = queue.Consumer<ReadOnlyMemory<byte>>(_options);
        await TakeAllAsync(consumer, _longSilence, cancellationToken);
        await _acks.DrainAsync();
        order.Release();
    }

    private async Task TakeAllAsync(IConsumer<ReadOnlyMemory<byte>> consumer, TimeSpan silence, CancellationToken cancellationToken)
    {
        while (_received < _toCome
            && await consumer.ReceiveBatchAsync(MostAtOnce, silence, cancellationToken) is { Count: > 0 } batch)
        {
            foreach (Delivery<ReadOnlyMemory<byte>> delivery in batch)
            {
                ledger.Receive(RawBody.NumberOf(delivery.Body));
                _received++;
                if (order.TryOffer(delivery, out Delivery<ReadOnlyMemory<byte>> next))
                {
                    await _acks.AckAsync(RawBody.NumberOf(next.Body), next);
                }
            }

            MostHeld = Math.Max(MostHeld, order.Held);
        }
    }
}
