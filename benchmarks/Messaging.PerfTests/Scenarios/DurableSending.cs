using System.Diagnostics;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The senders' side of the durable scenarios: so many sends in flight, each awaited before the same sender's next.</summary>
internal static class DurableSending
{
    // About 6 MB.
    private const int PreparedBatches = 50;
    private const int PreparedBatch = 1_000;

    /// <summary>Passes messages through another queue, so that the file and its log have grown to their working size, as in the base line.</summary>
    public static async Task PrepareAsync(MessageBroker broker, CancellationToken cancellationToken)
    {
        IQueue queue = broker.Queue("prepare");
        await using IWorker worker = queue.Handle<ReadOnlyMemory<byte>>(static (_, _) => ValueTask.CompletedTask);
        await using IProducer<ReadOnlyMemory<byte>> producer = queue.Producer<ReadOnlyMemory<byte>>();
        await Backlog.FillAsync(producer, PreparedBatches * PreparedBatch, PreparedBatch, cancellationToken);
        await Settling.WaitAsync(queue, PreparedBatches * PreparedBatch, cancellationToken);
    }

    /// <summary>Sends numbered bodies; the senders take turns in the destinations.</summary>
    /// <param name="producers">The destinations.</param>
    /// <param name="senders">The senders, each with one send in flight.</param>
    /// <param name="each">The sends of each.</param>
    /// <param name="latencies">Receives what each send took.</param>
    public static Task RunAsync(IReadOnlyList<IProducer<ReadOnlyMemory<byte>>> producers, int senders, long each, long[] latencies) =>
        Task.Run(() => Task.WhenAll(Enumerable.Range(0, senders).Select(
            sender => SendAsync(producers[sender % producers.Count], sender * each, each, latencies))));

    private static async Task SendAsync(IProducer<ReadOnlyMemory<byte>> producer, long first, long count, long[] latencies)
    {
        for (long number = first; number < first + count; number++)
        {
            long started = Stopwatch.GetTimestamp();
            Receipt receipt = await producer.SendAsync(RawBody.Of(number));
            latencies[number] = Stopwatch.GetTimestamp() - started;
            if (receipt.Durability != Durability.Power || receipt.IsDuplicate)
            {
                throw new WrongResultException($"Send {number:N0} returned {receipt}.");
            }
        }
    }
}
