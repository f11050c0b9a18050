using Messaging;

namespace Quickstart;

/// <summary>Reads all that a durable subscription has collected, one time each.</summary>
internal sealed class SubscriptionReader(ISubscription subscription)
{
    private readonly HashSet<MessageId> _seen = [];

    /// <summary>Different lines read.</summary>
    public long Lines => _seen.Count;

    /// <summary>Lines that came a second time and were left out.</summary>
    public long Repeated { get; private set; }

    /// <summary>Redeliveries that the lines had needed in the queue before they were handled.</summary>
    public long Redeliveries { get; private set; }

    public async Task ReadAsync(Action<Line> add, CancellationToken cancellationToken)
    {
        await using IConsumer<HandledLine> consumer = subscription.Consumer<HandledLine>(new ConsumerOptions { Prefetch = 1_000 });
        while (subscription.Statistics is not { Ready: 0, Leased: 0, Waiting: 0 })
        {
            IReadOnlyList<Delivery<HandledLine>> batch = await consumer.ReceiveBatchAsync(1_000, TimeSpan.FromSeconds(1), cancellationToken);
            foreach (Delivery<HandledLine> delivery in batch)
            {
                if (!_seen.Add(delivery.Body.Line.Id))
                {
                    Repeated++;
                    continue;
                }

                Redeliveries += delivery.Body.Attempt - 1;
                add(delivery.Body.Line);
            }

            // All acks of the batch share a commit, because none waits for the one before.
            await Task.WhenAll(batch.Select(delivery => delivery.AckAsync(cancellationToken).AsTask()));
        }
    }
}
