using Messaging;

namespace ReadmePrograms;

/// <summary>A topic with a durable subscription.</summary>
internal static class PublishSubscribe
{
    public static async Task RunAsync()
    {
        await using var broker = await MessageBroker.OpenAsync("topics.db");
        var warehouse = new Warehouse(expected: 1);
        CancellationToken cancellationToken = warehouse.Done;
        try
        {
            // page: publish-subscribe
            ISubscription billing = await broker.SubscribeAsync("orders.#", "billing");    // '*' is one token, '#' zero or more
            await broker.Topic("orders.eu").Producer<Order>().SendAsync(new Order("tea", 2));

            await foreach (Delivery<Order> delivery in billing.Consumer<Order>().ReadAllAsync(cancellationToken))
            {
                warehouse.Ship(delivery.Body);
                await delivery.AckAsync();
            }
            // end
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
    }
}
