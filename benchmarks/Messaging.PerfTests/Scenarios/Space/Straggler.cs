using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios.Space;

/// <summary>A consumer that acknowledges all messages but every thousandth.</summary>
internal sealed class Straggler(long messages)
{
    public const int Every = 1_000;

    // What it holds is not to come back because a lease ends.
    private static readonly ConsumerOptions _options = new() { LeaseDuration = TimeSpan.FromDays(7), Prefetch = 1_024 };

    private readonly AckLedger _ledger = new(messages);

    public long Left => messages / Every;

    public long Receipts => _ledger.Receipts;

    /// <summary>Receives all, and ends when the acknowledgements are durable. What it holds goes back then.</summary>
    public async Task RunAsync(ISubscription subscription, CancellationToken cancellationToken)
    {
        var acks = new AckWindow(_ledger);
        await using IConsumer<ReadOnlyMemory<byte>> consumer = subscription.Consumer<ReadOnlyMemory<byte>>(_options);
        while (_ledger.Receipts < messages)
        {
            Delivery<ReadOnlyMemory<byte>> delivery = await consumer.ReceiveAsync(cancellationToken);
            long number = RawBody.NumberOf(delivery.Body);
            _ledger.Receive(number);
            if (number % Every != 0)
            {
                await acks.AckAsync(number, delivery);
            }
        }

        await acks.DrainAsync();
    }

    /// <summary>Receives and acknowledges what was left.</summary>
    public async Task DrainAsync(ISubscription subscription, CancellationToken cancellationToken)
    {
        _ledger.BeginSession();
        var acks = new AckWindow(_ledger);
        await using IConsumer<ReadOnlyMemory<byte>> consumer = subscription.Consumer<ReadOnlyMemory<byte>>(_options);
        while (_ledger.Receipts < messages + Left)
        {
            Delivery<ReadOnlyMemory<byte>> delivery = await consumer.ReceiveAsync(cancellationToken);
            long number = RawBody.NumberOf(delivery.Body);
            _ledger.Receive(number);
            await acks.AckAsync(number, delivery);
        }

        await acks.DrainAsync();
        _ledger.Verify(messages + Left);
        SubscriptionStatistics s = subscription.Statistics;
        WrongResultException.ThrowUnless(s is { Ready: 0, Leased: 0, Waiting: 0, Dead: 0 }, $"'{subscription.Name}' has more than was left: {s}.");
    }
}
