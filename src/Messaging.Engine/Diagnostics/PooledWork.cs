namespace Messaging.Diagnostics;

/// <summary>Work that runs on the thread pool.</summary>
/// <remarks>A test waits for zero to know exactly when nothing is left to do. Lock-free, so that it may be counted under another's lock.</remarks>
internal sealed class PooledWork : WorkQueue
{
    private long _running;
    private TaskCompletionSource? _idle;

    public override void Enter() => Interlocked.Increment(ref _running);

    public override void Exit()
    {
        if (Interlocked.Decrement(ref _running) == 0)
        {
            Interlocked.Exchange(ref _idle, null)?.TrySetResult();
        }
    }

    public override void Run(Action work) => ThreadPool.UnsafeQueueUserWorkItem(static work => work(), work, preferLocal: false);

    public override Task WhenIdleAsync()
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
