namespace Messaging.Testing.Running;

/// <summary>The wish for rest, and for the clock to be at a time then.</summary>
internal sealed class RestRequest(long? target, bool isRelative, ActivityWait wait)
{
    private readonly TaskCompletionSource<bool> _done = new();
    private int _ended;
    private long? _target = isRelative ? null : target;

    public Task<bool> Task => _done.Task;

    /// <summary>Gets the time to move to; <see langword="null"/> for staying. A distance is measured from the time at which that is asked first.</summary>
    public long? TargetFrom(long now) => _target ??= isRelative && target is { } by ? now + Math.Min(by, long.MaxValue - now) : null;

    /// <summary>Ends it. Whoever asked counts as runnable before he hears of it.</summary>
    public void Complete()
    {
        EndWait();
        _done.TrySetResult(true);
    }

    /// <summary>Ends the wait of the activity that asked, once.</summary>
    public void EndWait()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            wait.Dispose();
        }
    }
}
