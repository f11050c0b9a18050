using Messaging;

namespace ReadmePrograms;

/// <summary>A scheduled message, taken back; and a send that may be repeated.</summary>
internal static class Later
{
    public static async Task RunAsync()
    {
        await using var broker = await MessageBroker.OpenAsync("later.db");
        IProducer<Order> producer = broker.Queue("orders").Producer<Order>();
        var order = new Order("tea", 2);

        // page: later
        Receipt receipt = await producer.SendAsync(order, new() { Delay = TimeSpan.FromHours(1) });
        bool neverDelivered = await broker.CancelAsync(receipt.MessageId);
        // end

        ArgumentOutOfRangeException.ThrowIfNotEqual(neverDelivered, true);

        // page: once
        var id = MessageId.FromName("order 4711");                                  // a name from your data
        Receipt first = await producer.SendAsync(order, new() { MessageId = id });
        Receipt again = await producer.SendAsync(order, new() { MessageId = id });    // again.IsDuplicate: nothing was added
        // end

        ArgumentOutOfRangeException.ThrowIfNotEqual(again, first with { IsDuplicate = true, Previous = PreviousSend.Waiting });
    }
}
