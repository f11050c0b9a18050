using Messaging;

namespace ReadmePrograms;

/// <summary>A serializer that needs no reflection.</summary>
internal static class Trimmed
{
    public static async Task RunAsync()
    {
        // page: trimmed
        var options = new BrokerOptions { Serializer = new JsonMessageSerializer(OrderJson.Default) };
        await using var broker = await MessageBroker.OpenAsync("trimmed.db", options);
        // end

        await broker.Queue("orders").Producer<Order>().SendAsync(new Order("tea", 2));
        Delivery<Order> delivery = await broker.Queue("orders").Consumer<Order>().ReceiveAsync();
        ArgumentOutOfRangeException.ThrowIfNotEqual(delivery.Body, new Order("tea", 2));
    }
}
