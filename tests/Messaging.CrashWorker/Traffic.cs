namespace Messaging.CrashWorker;

/// <summary>Sends numbered messages and acknowledges them, telling each step until it is killed.</summary>
/// <remarks>
/// <c>T i</c>: the send of i begins. <c>S i</c>: it is confirmed. <c>D i</c>: i was delivered. <c>A i</c>: its ack is confirmed.
/// </remarks>
internal static class Traffic
{
    private const int Senders = 3;
    private const int Consumers = 8;

    public static async Task<int> RunAsync(string path, int first)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(path);
        // A crash counts as a failure of what was being handled; here that must lead to no dead letter.
        IQueue queue = broker.Queue("traffic", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero, 1_000_000) });
        Report.Line("OPEN");
        var work = new List<Task>();
        for (int i = 0; i < Senders; i++)
        {
            work.Add(SendAsync(queue.Producer<int>(), first + i));
        }

        for (int i = 0; i < Consumers; i++)
        {
            work.Add(ConsumeAsync(queue.Consumer<int>()));
        }

        await Task.WhenAny(work).Unwrap();
        return 1;
    }

    private static async Task SendAsync(IProducer<int> producer, int first)
    {
        for (int number = first; ; number += Senders)
        {
            Report.Line($"T {number}");
            await producer.SendAsync(number);
            Report.Line($"S {number}");
        }
    }

    private static async Task ConsumeAsync(IConsumer<int> consumer)
    {
        await foreach (Delivery<int> delivery in consumer.ReadAllAsync())
        {
            Report.Line($"D {delivery.Body}");
            // Every fifth message is left to the next process, so that there is always something to lose.
            if (delivery.Body % 5 == 0)
            {
                continue;
            }

            if (await delivery.AckAsync() == Settlement.Acked)
            {
                Report.Line($"A {delivery.Body}");
            }
        }
    }
}
