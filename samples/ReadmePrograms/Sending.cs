using Messaging;

namespace ReadmePrograms;

/// <summary>Headers, and a batch.</summary>
internal static class Sending
{
    public static async Task RunAsync()
    {
        await using var broker = await MessageBroker.OpenAsync("sending.db");

        // page: sending
        IProducer<Order> orders = broker.Queue("orders").Producer<Order>();
        var headers = new MessageHeaders { ["tenant"] = "eu" };
        Receipt receipt = await orders.SendAsync(new Order("tea", 2), new() { Headers = headers });
        IReadOnlyList<Receipt> receipts = await orders.SendBatchAsync([new(new Order("tea", 1)), new(new Order("rice", 3))]);    // all of them or none
        // end

        ArgumentOutOfRangeException.ThrowIfNotEqual(receipt.Sequence, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(receipts[^1].Sequence, 3);
    }
}
