using Messaging;
using Messaging.Testing;

namespace ReadmePrograms;

/// <summary>A test of code that receives in a loop of its own.</summary>
internal static class TestOfALoop
{
    public static async Task RunAsync()
    {
        using var stop = new CancellationTokenSource();

        // page: loop
        await using var test = TestBroker.Start();
        var shipping = new ShippingLoop(test.Broker);                     // receives, ships and acknowledges until it is cancelled
        Task running = test.Run(() => shipping.RunAsync(stop.Token));     // what it does counts as work
        await test.Broker.Queue("orders").Producer<Order>().SendAsync(new Order("tea", 2));

        await test.SettleAsync();                                         // returns when the loop waits for another message
        test.Settled.On("orders").Exactly(1);
        // end

        await stop.CancelAsync();
        try
        {
            await running;
        }
        catch (OperationCanceledException)
        {
            return;
        }

        throw new InvalidOperationException("The loop was not cancelled.");
    }
}
