using Messaging;

namespace ReadmePrograms;

/// <summary>A handler with retries and dead letters.</summary>
internal static class Handler
{
    public static async Task RunAsync()
    {
        await using var broker = await MessageBroker.OpenAsync("handler.db");
        var warehouse = new Warehouse(expected: 1);
        await broker.Queue("orders").Producer<Order>().SendAsync(new Order("tea", 2));

        // page: handler
        await using IWorker worker = broker.Queue("orders").Handle<Order>(
            async (delivery, cancellationToken) => await warehouse.ShipAsync(delivery.Body, cancellationToken),
            new() { Concurrency = 4, Retry = RetryPolicy.Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)) });
        // end

        await warehouse.WhenDoneAsync();
    }
}
