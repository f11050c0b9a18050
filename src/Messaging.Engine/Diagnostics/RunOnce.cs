namespace Messaging.Diagnostics;

/// <summary>A piece of work that is done once: whoever asks later waits for the first one's.</summary>
internal sealed class RunOnce
{
    private TaskCompletionSource? _done;

    /// <summary>Gets a value indicating whether it has run to its end.</summary>
    public bool IsDone => Volatile.Read(ref _done)?.Task.IsCompleted ?? false;

    public async Task RunAsync(Func<Task> work)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _done, mine, null) is { } first)
        {
            await first.Task.ConfigureAwait(WorkContext.IsCurrent);
            return;
        }

        try
        {
            await work().ConfigureAwait(WorkContext.IsCurrent);
            mine.SetResult();
        }
        catch (Exception exception)
        {
            mine.SetException(exception);
            _ = mine.Task.Exception;
            throw;
        }
    }
}
