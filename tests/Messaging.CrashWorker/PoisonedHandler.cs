using System.Diagnostics;

namespace Messaging.CrashWorker;

/// <summary>Handles messages until none is left, of which one kills the process at once; <c>H text</c> tells that a handler has begun.</summary>
internal static class PoisonedHandler
{
    public static async Task<int> RunAsync(string path)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(path);
        IQueue queue = broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero, maxFailures: 3) });
        await using IWorker worker = queue.Handle<string>((delivery, _) =>
        {
            Report.Line($"H {delivery.Body}");
            if (delivery.Body == "poison")
            {
                Process.GetCurrentProcess().Kill();
            }

            return ValueTask.CompletedTask;
        });
        while (queue.Statistics is not { Ready: 0, Leased: 0, Waiting: 0 })
        {
            await Task.Yield();
        }

        return 0;
    }
}
