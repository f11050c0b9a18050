namespace Messaging.Testing.Running;

/// <summary>The thread that drains a queue until it is disposed. What arrives after that is drained on the thread pool, still one piece after the other.</summary>
/// <param name="drain">Runs all that is runnable, and tells whether there may be rest without anything that wakes the thread.</param>
/// <param name="hasArrivals">Tells whether something has come since.</param>
internal sealed class SerialThread(Func<bool> drain, Func<bool> hasArrivals) : IDisposable
{
    // How often code outside of the queue is asked whether it waits for a tick, in milliseconds.
    private const int TickInterval = 1;

    private readonly ManualResetEventSlim _wake = new();
    private volatile bool _stopped;
    private volatile bool _hasThread;
    private int _isLate;

    /// <summary>Gets a value indicating whether it has ended, or is about to.</summary>
    public bool IsStopped => _stopped;

    /// <summary>Starts the thread. Without it, the queue is drained by whoever wants to.</summary>
    public void Start()
    {
        _hasThread = true;
        new Thread(Run) { IsBackground = true, Name = "Messaging test broker" }.UnsafeStart();
    }

    /// <summary>Lets the thread drain the queue once more: there may be rest now.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Has drained what has just come.</summary>
    public void WakeForWork()
    {
        _wake.Set();
        if (_stopped && !_hasThread)
        {
            DrainLate();
        }
    }

    public void Dispose()
    {
        _stopped = true;
        _wake.Set();
    }

    private void Run()
    {
        while (!_stopped)
        {
            // Reset first: what comes after the look sets it again.
            _wake.Reset();
            bool mustAsk = drain();

            // Nobody tells that code outside of the queue begins to wait for a tick, or blocks its thread.
            _wake.Wait(mustAsk ? TickInterval : Timeout.Infinite);
        }

        _hasThread = false;
        DrainLate();
    }

    private void DrainLate()
    {
        if (Interlocked.Exchange(ref _isLate, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static thread => thread.RunLate(), this, preferLocal: false);
        }
    }

    private void RunLate()
    {
        do
        {
            drain();
            Interlocked.Exchange(ref _isLate, 0);
        }
        while (hasArrivals() && Interlocked.Exchange(ref _isLate, 1) == 0);
    }
}
