using System.Collections.Concurrent;
using Messaging;

namespace Quickstart;

/// <summary>Handles one line: publishes it on its topic. It is acked when the handler returns, and retried when it throws.</summary>
internal sealed class LineHandler(TextBroker broker, LineFaults faults)
{
    /// <summary>Sixty-four calls at once: while some wait for the disk, others work, and one commit serves them all.</summary>
    public static readonly HandlerOptions Options = new() { Concurrency = 64 };

    private readonly ConcurrentDictionary<string, IProducer<HandledLine>> _producers = new();
    private long _handledTwice;

    /// <summary>Lines that were done already, because the process before this one died between the work and the ack.</summary>
    public long HandledTwice => Interlocked.Read(ref _handledTwice);

    public async ValueTask HandleAsync(Delivery<Line> delivery, CancellationToken cancellationToken)
    {
        Line line = delivery.Body;
        faults.Strike(line, delivery.Failures);

        // At-least-once means that this can happen twice for one line. The second time, the topic knows the message id.
        IProducer<HandledLine> producer = _producers.GetOrAdd(line.Topic, broker.HandledLines);
        var options = new SendOptions { MessageId = line.Id };
        Receipt receipt = await producer.SendAsync(new HandledLine(line, delivery.Attempt), options, cancellationToken);
        if (receipt.IsDuplicate)
        {
            Interlocked.Increment(ref _handledTwice);
        }
    }
}
