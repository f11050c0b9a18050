using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios.Space;

/// <summary>A queue that nobody reads beside a busy one in the same file: every thousandth message goes to it.</summary>
internal sealed class LaggingQueue(long messages) : ISpaceLoad
{
    public string Name => "a lagging queue";

    public long Left => messages / PacedSending.Batch;

    public async Task PassAsync(MessageBroker broker, CancellationToken cancellationToken)
    {
        IQueue busy = broker.Queue("d5.busy");
        IQueue lagging = broker.Queue("d5.lagging");
        var tally = new Tally();
        await using IWorker worker = busy.Handle<ReadOnlyMemory<byte>>((delivery, _) =>
        {
            tally.Add(RawBody.NumberOf(delivery.Body));
            return ValueTask.CompletedTask;
        });
        await using IProducer<ReadOnlyMemory<byte>> producer = busy.Producer<ReadOnlyMemory<byte>>();
        await using IProducer<ReadOnlyMemory<byte>> aside = lagging.Producer<ReadOnlyMemory<byte>>();
        await PacedSending.RunAsync(
            producer, messages, () => tally.Count, async number => await aside.SendAsync(RawBody.Of(number), cancellationToken: cancellationToken), cancellationToken);
        await Settling.WaitAsync(busy, messages, cancellationToken);
        Settling.Verify(busy, messages);
        Tally.Verify([tally], messages);
    }

    public async Task DrainAsync(MessageBroker broker, CancellationToken cancellationToken)
    {
        Settling.Verify(broker.Queue("d5.busy"), 0);
        IQueue lagging = broker.Queue("d5.lagging");
        var tally = new Tally();
        await using IWorker worker = lagging.Handle<ReadOnlyMemory<byte>>((delivery, _) =>
        {
            long number = RawBody.NumberOf(delivery.Body);
            WrongResultException.ThrowUnless(number == tally.Count, $"Message {number:N0} came in place {tally.Count:N0}.");
            tally.Add(number);
            return ValueTask.CompletedTask;
        });
        await Tally.WaitAsync([tally], Left, cancellationToken);
        await Settling.WaitAsync(lagging, Left, cancellationToken);
        Settling.Verify(lagging, Left);
        Tally.Verify([tally], Left);
    }
}
