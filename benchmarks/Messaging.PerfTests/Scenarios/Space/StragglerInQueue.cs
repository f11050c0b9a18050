using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios.Space;

/// <summary>A queue whose consumer leaves every thousandth message.</summary>
internal sealed class StragglerInQueue(long messages) : ISpaceLoad
{
    private readonly Straggler _straggler = new(messages);

    public string Name => "a queue out of order";

    public long Left => _straggler.Left;

    public async Task PassAsync(MessageBroker broker, CancellationToken cancellationToken)
    {
        IQueue queue = broker.Queue("d5");
        await using IProducer<ReadOnlyMemory<byte>> producer = queue.Producer<ReadOnlyMemory<byte>>();
        await Together.RunAsync(
            cancellationToken,
            ct => _straggler.RunAsync(queue, ct),
            ct => PacedSending.RunAsync(producer, messages, () => _straggler.Receipts, afterBatch: null, ct));
    }

    public Task DrainAsync(MessageBroker broker, CancellationToken cancellationToken) => _straggler.DrainAsync(broker.Queue("d5"), cancellationToken);
}
