using Messaging.Diagnostics;

namespace Messaging.Testing.Time;

/// <summary>A timer of a virtual clock. Its place among the others is guarded by the clock.</summary>
internal sealed class VirtualTimer : ITimer
{
    private readonly VirtualTime _time;
    private readonly TimerCallback _callback;
    private readonly object? _state;
    private readonly TimerWait? _wait;
    private readonly bool _isElsewhere;
    private readonly ExecutionContext? _context = ExecutionContext.Capture();

    public VirtualTimer(VirtualTime time, TimerCallback callback, object? state)
    {
        _time = time;
        _callback = callback;
        _state = state;
        _wait = TimerWait.Of(state);
        _isElsewhere = !WorkContext.IsCurrent;
    }

    /// <summary>Gets or sets when it fires, and its turn among those of the same time; the default while it is not set.</summary>
    public (long Due, long Order) Place { get; set; }

    /// <summary>Gets or sets after which time it fires again, in ticks; 0 for not at all.</summary>
    public long Period { get; set; }

    /// <summary>Gets or sets a value indicating whether it can be set no more.</summary>
    public bool IsDisposed { get; set; }

    /// <summary>Gets the wait of code under test for it. That code may begin or cease to wait for it while it is set.</summary>
    public TimerWait? Wait => _wait;

    public bool IsAt((long Due, long Order) place) => Place == place && place.Order != 0;

    public void Fire()
    {
        // What goes on outside of the queue would go on in the thread pool, where nobody sees it.
        if (_wait?.Code is { } code && (_isElsewhere || code.HasEnded))
        {
            code.Resume(CallInItsContext);
        }
        else
        {
            CallInItsContext();
        }
    }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        Verify(dueTime, nameof(dueTime));
        Verify(period, nameof(period));
        return _time.Set(this, dueTime < TimeSpan.Zero ? -1 : dueTime.Ticks, Math.Max(0, period.Ticks), isLast: false);
    }

    public void Dispose() => _time.Set(this, -1, 0, isLast: true);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void CallInItsContext()
    {
        // As a timer of the system's would: with the async-local values of whoever created it, and nothing of whoever moves the clock.
        if (_context is null)
        {
            CleanContext.Run(static timer => ((VirtualTimer)timer!).Call(), this);
        }
        else
        {
            ExecutionContext.Run(_context, static timer => ((VirtualTimer)timer!).Call(), this);
        }
    }

    private void Call() => _callback(_state);

    private static void Verify(TimeSpan time, string name)
    {
        if (time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(name, time, "The time must not be negative, unless it is infinite.");
        }
    }
}
