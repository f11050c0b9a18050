namespace Messaging.Testing.Running;

/// <summary>The wish for rest, and for the clock to be at a time then.</summary>
internal sealed class RestRequest(long? target)
{
    private readonly TaskCompletionSource<bool> _done = new();

    /// <summary>Gets the time to move to, on the scale of the clock's timestamps; <see langword="null"/> for staying.</summary>
    public long? Target => target;

    public Task<bool> Task => _done.Task;

    public void Complete() => _done.TrySetResult(true);
}
