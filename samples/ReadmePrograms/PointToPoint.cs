using Messaging;

namespace ReadmePrograms;

/// <summary>A durable queue, with acks by hand.</summary>
internal static class PointToPoint
{
    public static async Task RunAsync()
    {
        var warehouse = new Warehouse(expected: 1);
        CancellationToken cancellationToken = warehouse.Done;
        try
        {
            // page: point to point
            await using var broker = await MessageBroker.OpenAsync("shop.db");    // MessageBroker.InMemory() keeps nothing

            IProducer<Order> orders = broker.Queue("orders").Producer<Order>();
            await orders.SendAsync(new Order("tea", 2));                          // completes when the message is on disk

            IConsumer<Order> consumer = broker.Queue("orders").Consumer<Order>();
            await foreach (Delivery<Order> delivery in consumer.ReadAllAsync(cancellationToken))
            {
                warehouse.Ship(delivery.Body);
                await delivery.AckAsync();                                        // no ack in time, or the process dies: redelivered
            }
            // end
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
    }
}
