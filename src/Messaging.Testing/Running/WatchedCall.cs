namespace Messaging.Testing.Running;

/// <summary>The wait for a call of the broker.</summary>
/// <param name="needsRest">Whether the call stops something, and so waits for rest.</param>
/// <param name="steps">How many pieces of work were done so far.</param>
/// <param name="isFollowed">Whether what follows the wait runs where the call ends, because it is counted there.</param>
internal sealed class WatchedCall<T>(bool needsRest, long steps, bool isFollowed) : WatchedWait(needsRest, steps)
{
    private readonly TaskCompletionSource<T> _watched = new(isFollowed ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _watched.Task;

    /// <summary>Has it end with the call, at once, where that ends: whoever looks then sees that the wait has ended, too.</summary>
    public void EndWith(Task<T> call) => call.ContinueWith(
        static (ended, wait) => ((WatchedCall<T>)wait!).End(ended),
        this,
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    public override void Fail(Exception exception)
    {
        Ended?.Invoke(this);
        _watched.TrySetException(exception);
    }

    private void End(Task<T> ended)
    {
        Ended?.Invoke(this);
        _watched.TrySetFromTask(ended);
    }
}
