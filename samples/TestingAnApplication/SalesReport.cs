using Messaging;

namespace TestingAnApplication;

/// <summary>Tells the accountants once in an hour which orders were paid. It has a loop of its own: one report settles many messages.</summary>
internal sealed class SalesReport(ISubscription paid, TimeProvider time, Func<IReadOnlyList<int>, Task> report)
{
    private static readonly TimeSpan _interval = TimeSpan.FromHours(1);

    public async Task RunAsync(CancellationToken stop)
    {
        await using IConsumer<OrderPaid> consumer = paid.Consumer<OrderPaid>();
        while (true)
        {
            await Task.Delay(_interval, time, stop);
            IReadOnlyList<Delivery<OrderPaid>> sales = await consumer.ReceiveBatchAsync(1_000, TimeSpan.Zero, stop);
            if (sales.Count > 0)
            {
                // A report that fails is made again from the same messages: they are acknowledged after it.
                await report([.. sales.Select(sale => sale.Body.Number)]);
            }

            foreach (Delivery<OrderPaid> sale in sales)
            {
                await sale.AckAsync(stop);
            }
        }
    }
}
