namespace Messaging.State;

/// <summary>The reads from the store that a subscription has under way, for those who wait for what they bring. Guarded by the subscription.</summary>
internal sealed class BacklogReads
{
    private TaskCompletionSource? _next;
    private long _ended;
    private long _failed;
    private int _running;

    /// <summary>Gets the number of reads that have ended. May be asked without the guard.</summary>
    public long Ended => Volatile.Read(ref _ended);

    /// <summary>Gets the number of those that brought nothing, since the store has failed or what is wanted is damaged. May be asked without the guard.</summary>
    public long Failed => Volatile.Read(ref _failed);

    public bool IsAnyRunning => _running > 0;

    public void Begin() => _running++;

    public void End(bool failed)
    {
        _running--;
        Volatile.Write(ref _failed, _failed + (failed ? 1 : 0));
        Volatile.Write(ref _ended, _ended + 1);
        // Its continuations run elsewhere.
        _next?.TrySetResult();
        _next = null;
    }

    /// <summary>Gets what completes when the next read ends.</summary>
    public Task WhenNextEnds() => (_next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
}
