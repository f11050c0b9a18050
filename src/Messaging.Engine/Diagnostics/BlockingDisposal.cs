namespace Messaging.Diagnostics;

/// <summary>The way to dispose for callers that cannot await, such as a container's own <see cref="IDisposable.Dispose"/>.</summary>
internal static class BlockingDisposal
{
    /// <summary>Disposes, and blocks the calling thread until that is done.</summary>
    public static void Of(Func<ValueTask> dispose)
    {
        SynchronizationContext? callers = SynchronizationContext.Current;
        Task disposing;
        try
        {
            // Nothing of the work may want to go on in a context whose thread is blocked here.
            SynchronizationContext.SetSynchronizationContext(null);
            disposing = dispose().AsTask();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(callers);
        }

        disposing.GetAwaiter().GetResult();
    }
}
