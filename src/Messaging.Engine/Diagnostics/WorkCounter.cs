namespace Messaging.Diagnostics;

/// <summary>The number of pieces of work that could run now: commits, backlog reads and timer callbacks.</summary>
/// <remarks>A test waits for zero to know exactly when nothing is left to do. Lock-free, so that it may be counted under another's lock.</remarks>
internal sealed class WorkCounter
{
    private long _running;
    private TaskCompletionSource? _idle;

    public void Enter() => Interlocked.Increment(ref _running);

    public void Exit()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            Interlocked.Exchange(ref _idle, null)?.TrySetResult();
        }
    }

    /// <summary>Completes when the number has been zero.</summary>
    public Task WhenIdleAsync()
    {
        if (Interlocked.Read(ref _running) == 0)
        {
            return Task.CompletedTask;
        }

        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource idle = Interlocked.CompareExchange(ref _idle, mine, null) ?? mine;
        if (Interlocked.Read(ref _running) == 0)
        {
            // The last piece ended between the two looks and saw nobody waiting.
            Interlocked.CompareExchange(ref _idle, null, idle);
            idle.TrySetResult();
        }

        return idle.Task;
    }
}
