namespace Messaging.PerfTests.Running;

/// <summary>Parts of a scenario that run at the same time. When one fails the others are cancelled, so that they do not wait for it for ever.</summary>
internal static class Together
{
    public static async Task RunAsync(CancellationToken cancellationToken, params Func<CancellationToken, Task>[] parts)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> running = [.. parts.Select(part => Task.Run(() => part(ending.Token), CancellationToken.None))];
        while (running.Count > 0)
        {
            Task ended = await Task.WhenAny(running);
            running.Remove(ended);
            if (!ended.IsCompletedSuccessfully)
            {
                await ending.CancelAsync();
                await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await ended;
        }
    }
}
