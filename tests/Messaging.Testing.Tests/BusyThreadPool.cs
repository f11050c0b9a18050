namespace Messaging.Testing.Tests;

/// <summary>Other work that keeps the thread pool's threads busy until it is disposed.</summary>
internal sealed class BusyThreadPool : IDisposable
{
    private volatile bool _ended;

    public BusyThreadPool()
    {
        for (int i = 0; i < 2 * Environment.ProcessorCount; i++)
        {
            Work();
        }
    }

    public void Dispose() => _ended = true;

    private void Work()
    {
        if (!_ended)
        {
            Thread.SpinWait(500);
            ThreadPool.UnsafeQueueUserWorkItem(static pool => pool.Work(), this, preferLocal: false);
        }
    }
}
