// The program of a stranger with an older compiler: C# 13 has no static extension methods, so it opens the file by the other name.
using Messaging;

string folder = Directory.CreateTempSubdirectory("messaging-csharp13-").FullName;
string file = Path.Combine(folder, "shop.db");
try
{
    using (MessageBroker broker = await SqliteMessageBroker.OpenAsync(file))
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        IQueue queue = broker.Queue("orders");
        await queue.Producer<Order>().SendAsync(new(41), limit.Token);
        await queue.Producer<Order>().SendBatchAsync([new Order(42), new Order(43)], limit.Token);
        Delivery<Order> first = await queue.Consumer<Order>().ReceiveAsync(limit.Token);
        Demand(first.Body == new Order(41) && await first.AckAsync() == Settlement.Acked, $"the first order is received and acked, not {first}");
    }

    var handled = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
    using (MessageBroker broker = await SqliteMessageBroker.OpenAsync(file))
    {
        int sum = 0;
        broker.Queue("orders").Handle<Order>((delivery, _) =>
        {
            if ((sum += delivery.Body.Id) == 85)
            {
                handled.SetResult(sum);
            }

            return ValueTask.CompletedTask;
        });
        await handled.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    using (MessageBroker broker = await SqliteMessageBroker.OpenAsync(file))
    {
        Demand(broker.Queue("orders").Statistics.Ready == 0, "what was handled before the blocking Dispose is acked for good");
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}

Console.WriteLine("OK: C# 13; sent, received, acked, handled, disposed without await");

static void Demand(bool holds, string what)
{
    if (!holds)
    {
        throw new InvalidOperationException($"This does not hold: {what}.");
    }
}

internal sealed record Order(int Id);
