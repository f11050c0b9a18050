using System.Diagnostics;

namespace Messaging.CrashWorker;

/// <summary>Handles messages, of which one kills the process at once; <c>H text</c> tells that a handler has begun.</summary>
internal static class PoisonedHandler
{
    public static async Task<int> RunAsync(string path)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(path);
        var healthy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using IWorker worker = broker
            .Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero, maxFailures: 3) })
            .Handle<string>((delivery, _) =>
            {
                Report.Line($"H {delivery.Body}");
                if (delivery.Body == "poison")
                {
                    Process.GetCurrentProcess().Kill();
                }

                healthy.TrySetResult();
                return ValueTask.CompletedTask;
            });
        await healthy.Task;
        return 0;
    }
}
