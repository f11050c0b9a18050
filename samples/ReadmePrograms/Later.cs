using Messaging;

namespace ReadmePrograms;

/// <summary>A scheduled message, taken back; and a send that may be repeated.</summary>
internal static class Later
{
    public static async Task RunAsync()
    {
        await using var broker = await MessageBroker.OpenAsync("later.db");
        IProducer<Order> orders = broker.Queue("orders").Producer<Order>();
        var order = new Order(46);

        // page: later
        Receipt receipt = await orders.SendAsync(order, new() { Delay = TimeSpan.FromHours(1) });
        bool neverDelivered = await broker.CancelAsync(receipt.MessageId);
        // end

        ArgumentOutOfRangeException.ThrowIfNotEqual(neverDelivered, true);

        // page: once
        var id = MessageId.FromName($"order {order.Number}");
        Receipt first = await orders.SendAsync(order, new() { MessageId = id });
        Receipt again = await orders.SendAsync(order, new() { MessageId = id });    // again.IsDuplicate: nothing was added
        // end

        ArgumentOutOfRangeException.ThrowIfNotEqual(again, first with { IsDuplicate = true, Previous = PreviousSend.Waiting });
    }
}
