using Messaging;

await using var broker = await MessageBroker.OpenAsync("orders.db");    // creates the file, or opens it again
IQueue orders = broker.Queue("orders");

await orders.Producer<Order>().SendAsync(new Order("tea", 2));          // completes when the message is on disk

var done = new TaskCompletionSource();
await using IWorker worker = orders.Handle<Order>(async (delivery, cancellationToken) =>
{
    await Console.Out.WriteLineAsync($"Order {delivery.Sequence}: {delivery.Body.Count} {delivery.Body.Item}");
    done.TrySetResult();
});                                                                     // acked when it returns, retried when it throws
await done.Task;

internal sealed record Order(string Item, int Count);
