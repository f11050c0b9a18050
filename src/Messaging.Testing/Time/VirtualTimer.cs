using Messaging.Diagnostics;
using Messaging.Testing.Following;

namespace Messaging.Testing.Time;

/// <summary>A timer of a virtual clock. Its place among the others is guarded by the clock.</summary>
internal sealed class VirtualTimer : ITimer
{
    private readonly VirtualTime _time;
    private readonly TimerCallback _callback;
    private readonly object? _state;

    // Whoever creates a delay awaits it, and whoever creates a timer of ticks awaits these. Other timers are limits of what goes on meanwhile.
    private readonly Activity? _waiting;

    private readonly TickState? _ticks;
    private readonly Task? _delay;
    private readonly bool _isElsewhere;

    private readonly ExecutionContext? _context = ExecutionContext.Capture();

    private int _isWaiting;
    private volatile bool _isSet;

    public VirtualTimer(VirtualTime time, TimerCallback callback, object? state)
    {
        _time = time;
        _callback = callback;
        _state = state;
        _ticks = TickState.Of(state);
        _delay = IsDelay(state) ? (Task?)state : null;
        if (_ticks is not null || _delay is not null)
        {
            _ = FollowedCode.Enter();
            _waiting = Activity.Current;
        }

        _isElsewhere = !WorkContext.IsCurrent;
    }

    /// <summary>Gets or sets when it fires, and its turn among those of the same time; the default while it is not set.</summary>
    public (long Due, long Order) Place { get; set; }

    /// <summary>Gets or sets after which time it fires again, in ticks; 0 for not at all.</summary>
    public long Period { get; set; }

    public bool IsAt((long Due, long Order) place) => Place == place && place.Order != 0;

    /// <summary>Gets or sets a value indicating whether it can be set no more.</summary>
    public bool IsDisposed { get; set; }

    /// <summary>Gets a value indicating whether code under test may begin or cease to wait for it while it is set.</summary>
    public bool HasTickWaits => _waiting is not null;

    public void Fire()
    {
        // What goes on outside of the queue would go on in the thread pool, where nobody sees it.
        if (_waiting?.Code is { } code && (_isElsewhere || code.HasEnded))
        {
            code.Resume(CallInItsContext);
        }
        else
        {
            CallInItsContext();
        }
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

    /// <summary>Tells the activity that set it whether it waits. Whoever has set a timer of ticks may do anything until the next.</summary>
    public void NoteIsSet(bool isSet)
    {
        _isSet = isSet;
        NoteIsAwaited(isSet && _ticks is null);
    }

    /// <summary>Tells the activity that set it whether it waits for a tick, or still waits for the delay.</summary>
    public void NoteTickWait()
    {
        if (_ticks is not null)
        {
            NoteIsAwaited(_ticks.IsAwaited);
        }
        else if (_isSet)
        {
            NoteIsAwaited(DelayState.IsAwaited(_delay!));
            if (!_isSet)
            {
                // It has ended meanwhile, on another thread.
                NoteIsAwaited(false);
            }
        }
    }

    private void NoteIsAwaited(bool isSet)
    {
        if (_waiting is null || Interlocked.Exchange(ref _isWaiting, isSet ? 1 : 0) == (isSet ? 1 : 0))
        {
            return;
        }

        if (isSet)
        {
            _ = _waiting.WaitFor();
        }
        else
        {
            _waiting.GoOn();
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

    private static void Verify(TimeSpan time, string name)
    {
        if (time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(name, time, "The time must not be negative, unless it is infinite.");
        }
    }

    /// <summary>Tells the timer of <see cref="Task.Delay(TimeSpan, TimeProvider)"/>, which completes a task without a result, from that of
    /// <see cref="Task.WaitAsync(TimeSpan, TimeProvider)"/>, which stands for the task that it limits.</summary>
    private static bool IsDelay(object? state)
    {
        for (Type? type = (state as Task)?.GetType(); type is not null; type = type.BaseType)
        {
            if (type == typeof(Task))
            {
                return true;
            }

            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>))
            {
                return false;
            }
        }

        return false;
    }
}
