using System.Diagnostics;

namespace Messaging.CrashWorker;

/// <summary>Receives a message, gives it up, and is killed as soon as that is confirmed; the confirmation is the last line.</summary>
/// <remarks><c>rejected</c> and <c>failed</c> give it up in a queue without dead letters, by a rejection and by the last failure.
/// <c>full</c> lets it fail beside a dead-letter queue that is full.</remarks>
internal static class SettledOnce
{
    public static async Task<int> RunAsync(string path, string how)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(path);
        IQueue queue = broker.Queue("orders", OptionsFor(how));
        IConsumer<string> consumer = queue.Consumer<string>();
        if (how == "full")
        {
            await queue.Producer<string>().SendAsync("first");
            await (await consumer.ReceiveAsync()).DeadLetterAsync("It fills the dead-letter queue.");
        }

        await queue.Producer<string>().SendAsync("last");
        Delivery<string> delivery = await consumer.ReceiveAsync();
        Settlement settlement = how == "rejected"
            ? await delivery.DeadLetterAsync("The test wants it.")
            : await delivery.NackAsync();
        Report.Line($"{settlement}");
        Process.GetCurrentProcess().Kill();
        return 1;
    }

    public static QueueOptions OptionsFor(string how) => new()
    {
        Retry = RetryPolicy.Fixed(TimeSpan.FromHours(1), maxFailures: 1),
        DeadLetter = how == "full",
        DeadLetterCapacity = 1,
    };
}
