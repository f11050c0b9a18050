using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>Messages that wait in a file: numbered bodies, written in batches.</summary>
internal static class Backlog
{
    /// <summary>The size of a batch where only the outcome matters: about a megabyte.</summary>
    public const int LargeBatch = 10_000;

    /// <summary>Sends bodies with the numbers from 0, a batch at a time.</summary>
    public static async Task FillAsync(
        IProducer<ReadOnlyMemory<byte>> producer, long messages, int batchSize, CancellationToken cancellationToken)
    {
        var batch = new List<Message<ReadOnlyMemory<byte>>>(batchSize);
        for (long first = 0; first < messages; first += batchSize)
        {
            long end = Math.Min(first + batchSize, messages);
            batch.Clear();
            for (long number = first; number < end; number++)
            {
                batch.Add(new(RawBody.Of(number)));
            }

            IReadOnlyList<Receipt> receipts = await producer.SendBatchAsync(batch, cancellationToken);
            WrongResultException.ThrowUnless(receipts.Count == end - first, "A batch was not sent whole.");
        }
    }

    /// <summary>Creates a file with a queue in which messages wait.</summary>
    public static async Task<bool> CreateAsync(string file, string queue, QueueOptions options, long messages, CancellationToken cancellationToken)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(file, cancellationToken: cancellationToken);
        await using IProducer<ReadOnlyMemory<byte>> producer = broker.Queue(queue, options).Producer<ReadOnlyMemory<byte>>();
        await FillAsync(producer, messages, LargeBatch, cancellationToken);
        return true;
    }

    /// <summary>Opens a file again: if an acknowledgement had not been durable, its message would be back.</summary>
    public static async Task VerifyEmptyAsync(string file, string queue, CancellationToken cancellationToken)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(file, cancellationToken: cancellationToken);
        SubscriptionStatistics s = broker.Queue(queue).Statistics;
        WrongResultException.ThrowUnless(s is { Ready: 0, Leased: 0, Waiting: 0, Dead: 0 }, $"After reopening, acknowledged messages are back: {s}.");
    }
}
