using Messaging.Specification.Tests.Broker;

namespace Messaging.Specification.Tests.Doors.Hostile;

/// <summary>A call that does not come back until the test lets it; those after the first one come back at once.</summary>
internal sealed class HeldCall : IDisposable
{
    private readonly ManualResetEventSlim _open = new();
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _calls;
    private volatile bool _gaveUp;

    /// <summary>Completes when the call is held.</summary>
    public Task Entered => _entered.Task;

    /// <summary>Blocks the first caller's thread.</summary>
    public void Hold()
    {
        if (Interlocked.Increment(ref _calls) == 1)
        {
            _entered.SetResult();
            _gaveUp = !_open.Wait(2 * HangGuard.Limit);
        }
    }

    /// <summary>Lets the call come back.</summary>
    /// <exception cref="TimeoutException">It was held for so long that it came back by itself: the test itself waited for it.</exception>
    public void Dispose()
    {
        _open.Set();
        if (_gaveUp)
        {
            throw new TimeoutException("The test itself waited for the call that it holds.");
        }
    }
}
