using Messaging;

namespace Quickstart;

/// <summary>Sends the lines to the queue, in batches: one commit each, all of it or nothing.</summary>
internal sealed class LineSender(IQueue queue)
{
    private const int BatchSize = 250;

    private long _sent;
    private long _sentTwice;

    /// <summary>Lines that are confirmed to be on disk, counted from the first line of the input.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Lines that were on disk already, because the process before this one died before it heard so.</summary>
    public long SentTwice => Volatile.Read(ref _sentTwice);

    public async Task SendAsync(IEnumerable<Line> lines, int from, CancellationToken cancellationToken)
    {
        _sent = from;
        await using IProducer<Line> producer = queue.Producer<Line>();
        foreach (Line[] batch in lines.Skip(from).Chunk(BatchSize))
        {
            // The id is made from the line. A line that was sent before is recognised by it, and not added again.
            Message<Line>[] messages = [.. batch.Select(line => new Message<Line>(line, new SendOptions { MessageId = line.Id }))];
            IReadOnlyList<Receipt> receipts = await producer.SendBatchAsync(messages, cancellationToken);
            Volatile.Write(ref _sentTwice, _sentTwice + receipts.Count(receipt => receipt.IsDuplicate));
            Volatile.Write(ref _sent, _sent + batch.Length);
        }
    }
}
