using Messaging;

namespace ReadmePrograms;

/// <summary>What has failed too often: looked at, and sent again.</summary>
internal static class DeadLetters
{
    public static async Task RunAsync()
    {
        await using var broker = await MessageBroker.OpenAsync("dead.db");
        await broker.Queue("orders").Producer<Order>().SendAsync(new Order("tea", 2));
        await using (IConsumer<Order> consumer = broker.Queue("orders").Consumer<Order>())
        {
            Delivery<Order> delivery = await consumer.ReceiveAsync();
            await delivery.DeadLetterAsync("The order has no address.");
        }

        // page: dead letters
        IDeadLetterQueue dead = broker.Queue("orders").DeadLetters;
        await foreach (DeadLetter letter in dead.PeekAsync())
        {
            Console.WriteLine($"{letter.ReadBody<Order>()} failed {letter.Failures} times: {letter.Description}");
        }

        long redriven = await dead.RedriveAsync(letter => letter.Reason == DeadLetterReason.Rejected);
        // end

        ArgumentOutOfRangeException.ThrowIfNotEqual(redriven, 1);
    }
}
