using Messaging.Testing.Following;

namespace Messaging.Testing.Running;

/// <summary>The wait for rest, and for the clock to be at a time then.</summary>
/// <remarks>It ends once, by the queue or by the watchdog. Whoever asked counts as runnable before he hears of it.</remarks>
internal sealed class RestRequest : WatchedWait
{
    private readonly long? _given;
    private readonly bool _isRelative;
    private readonly Activity? _asker;
    private readonly TaskCompletionSource<bool> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long? _target;
    private int _ended;

    /// <param name="steps">How many pieces of work were done so far.</param>
    /// <param name="target">The time to move to, on the scale of the clock's timestamps; <see langword="null"/> for staying.</param>
    /// <param name="isRelative">Whether that is how far to move, from the time at which the request has its turn.</param>
    public RestRequest(long steps, long? target, bool isRelative)
        : base(needsRest: true, steps)
    {
        _given = target;
        _isRelative = isRelative;
        _target = isRelative ? null : target;

        // A handler that asks for rest is itself not at rest.
        _asker = Activity.Current;
        _ = _asker?.WaitFor();
    }

    public Task Task => _done.Task;

    /// <summary>Gets a value indicating whether code that the broker has called asks.</summary>
    public bool IsInner => _asker is not null;

    /// <summary>Gets the time to move to; <see langword="null"/> for staying. A distance is measured from the time at which that is asked first.</summary>
    public long? TargetOn(VirtualTime time)
    {
        long now = time.GetTimestamp();
        return _target ??= _isRelative && _given is { } by ? now + Math.Min(by, long.MaxValue - now) : null;
    }

    /// <summary>Ends it: there is rest.</summary>
    public void Complete()
    {
        EndWait();
        _done.TrySetResult(true);
    }

    /// <summary>Ends it: there will be no rest.</summary>
    public override void Fail(Exception exception)
    {
        EndWait();
        _done.TrySetException(exception);
    }

    private void EndWait()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 0)
        {
            _asker?.GoOn();
            Ended?.Invoke(this);
        }
    }
}
