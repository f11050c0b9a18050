using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios.Space;

/// <summary>A topic with two subscriptions, one that settles everything and one that leaves every thousandth message.</summary>
internal sealed class StragglerInTopic(long messages) : ISpaceLoad
{
    // A topic is as full as its slowest subscription is behind, and the first message is never settled.
    private static readonly TopicOptions _options = new() { Capacity = 1_000_000_000 };

    private readonly Straggler _straggler = new(messages);

    public string Name => "one of a topic's two subscriptions";

    public long Left => _straggler.Left;

    public async Task PassAsync(MessageBroker broker, CancellationToken cancellationToken)
    {
        ITopic topic = broker.Topic("d5", _options);
        ISubscription orderly = await broker.SubscribeAsync("d5", "orderly", cancellationToken: cancellationToken);
        ISubscription leaving = await SubscribeAsync(broker, cancellationToken);
        var tally = new Tally();
        await using IWorker worker = orderly.Handle<ReadOnlyMemory<byte>>((delivery, _) =>
        {
            tally.Add(RawBody.NumberOf(delivery.Body));
            return ValueTask.CompletedTask;
        });
        await using IProducer<ReadOnlyMemory<byte>> producer = topic.Producer<ReadOnlyMemory<byte>>();
        await Together.RunAsync(
            cancellationToken,
            ct => _straggler.RunAsync(leaving, ct),
            ct => PacedSending.RunAsync(producer, messages, () => Math.Min(tally.Count, _straggler.Receipts), afterBatch: null, ct));
        await Settling.WaitAsync(orderly, messages, cancellationToken);
        Settling.Verify(orderly, messages);
        Tally.Verify([tally], messages);
    }

    public async Task DrainAsync(MessageBroker broker, CancellationToken cancellationToken)
    {
        broker.Topic("d5", _options);
        ISubscription orderly = await broker.SubscribeAsync("d5", "orderly", cancellationToken: cancellationToken);
        await _straggler.DrainAsync(await SubscribeAsync(broker, cancellationToken), cancellationToken);
        Settling.Verify(orderly, 0);
    }

    private static ValueTask<ISubscription> SubscribeAsync(MessageBroker broker, CancellationToken cancellationToken) =>
        broker.SubscribeAsync("d5", "leaving", cancellationToken: cancellationToken);
}
