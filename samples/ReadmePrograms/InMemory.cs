using Messaging;

namespace ReadmePrograms;

/// <summary>A queue in memory that treats bodies as a file does.</summary>
internal static class InMemory
{
    public static async Task RunAsync()
    {
        await using var broker = MessageBroker.InMemory();

        // page: serialize
        IQueue orders = broker.Queue("orders", new() { Serialize = true });
        // end

        await orders.Producer<Order>().SendAsync(new Order("tea", 2));
        ArgumentOutOfRangeException.ThrowIfNotEqual(orders.Statistics.Ready, 1);
    }
}
