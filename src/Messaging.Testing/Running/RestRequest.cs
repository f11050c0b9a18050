namespace Messaging.Testing.Running;

/// <summary>The wish for rest, and for the clock to be at a time then.</summary>
internal sealed class RestRequest(long? target, bool isRelative)
{
    private readonly TaskCompletionSource<bool> _done = new();
    private long? _target = isRelative ? null : target;

    public Task<bool> Task => _done.Task;

    /// <summary>Gets the time to move to; <see langword="null"/> for staying. A distance is measured from the time at which that is asked first.</summary>
    public long? TargetFrom(long now) => _target ??= isRelative && target is { } by ? now + Math.Min(by, long.MaxValue - now) : null;

    public void Complete() => _done.TrySetResult(true);
}
