namespace Messaging.PerfTests.Scenarios.Space;

/// <summary>A sender of numbered bodies in batches that stays a little ahead of the slowest receiver, so that what is stored is not a backlog.</summary>
internal static class PacedSending
{
    public const int Batch = 1_000;

    private const long MostAhead = 100_000;

    /// <summary>Sends.</summary>
    /// <param name="producer">The destination.</param>
    /// <param name="messages">How many.</param>
    /// <param name="handled">Tells how many the slowest receiver has seen.</param>
    /// <param name="afterBatch">What follows each batch, given the number of batches before it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RunAsync(
        IProducer<ReadOnlyMemory<byte>> producer,
        long messages,
        Func<long> handled,
        Func<long, Task>? afterBatch,
        CancellationToken cancellationToken)
    {
        var batch = new List<Message<ReadOnlyMemory<byte>>>(Batch);
        for (long first = 0; first < messages; first += Batch)
        {
            while (first - handled() > MostAhead)
            {
                await Task.Delay(1, cancellationToken);
            }

            batch.Clear();
            for (long number = first; number < first + Batch; number++)
            {
                batch.Add(new(RawBody.Of(number)));
            }

            await producer.SendBatchAsync(batch, cancellationToken);
            if (afterBatch is not null)
            {
                await afterBatch(first / Batch);
            }
        }
    }
}
