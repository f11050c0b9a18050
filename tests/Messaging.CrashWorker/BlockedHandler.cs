namespace Messaging.CrashWorker;

/// <summary>Starts handling one message and never ends: <c>H text</c> tells that the handler has begun.</summary>
internal static class BlockedHandler
{
    public static async Task<int> RunAsync(string path)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(path);
        IProducer<string> marks = broker.Queue("marks").Producer<string>();
        await using IWorker worker = broker.Queue("orders").Handle<string>(async (delivery, _) =>
        {
            // A confirmed send after the start: when it is on disk, what was stored before it is too.
            await marks.SendAsync(delivery.Body, cancellationToken: CancellationToken.None);
            Report.Line($"H {delivery.Body}");
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
        });
        await Task.Delay(Timeout.Infinite);
        return 1;
    }
}
