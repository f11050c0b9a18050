using Messaging.Testing.Following;

namespace Messaging.Testing.Time;

/// <summary>The wait of code under test for a timer: for a delay, or for the ticks of a <see cref="PeriodicTimer"/>.</summary>
/// <remarks>Whoever creates a delay awaits it, and whoever creates a timer of ticks awaits these. Other timers are limits of what goes on meanwhile.</remarks>
internal sealed class TimerWait
{
    private readonly Activity _waiting;
    private readonly TickState? _ticks;
    private readonly Task? _delay;
    private int _isWaiting;
    private volatile bool _isSet;

    private TimerWait(Activity waiting, TickState? ticks, Task? delay)
    {
        _waiting = waiting;
        _ticks = ticks;
        _delay = delay;
    }

    /// <summary>Gets the code under test that waits, if a test has started it.</summary>
    public FollowedCode? Code => _waiting.Code;

    /// <summary>Begins the wait of the caller for a timer.</summary>
    /// <param name="state">What the timer is given.</param>
    /// <returns>The wait; <see langword="null"/> if nobody waits for the timer, or nobody who is followed.</returns>
    public static TimerWait? Of(object? state)
    {
        var ticks = TickState.Of(state);
        Task? delay = IsDelay(state) ? (Task?)state : null;
        if (ticks is null && delay is null)
        {
            return null;
        }

        _ = FollowedCode.Enter();
        return Activity.Current is { } waiting ? new TimerWait(waiting, ticks, delay) : null;
    }

    /// <summary>Tells the activity that set the timer whether it waits. Whoever has set a timer of ticks may do anything until the next.</summary>
    public void NoteIsSet(bool isSet)
    {
        _isSet = isSet;
        NoteIsAwaited(isSet && _ticks is null);
    }

    /// <summary>Tells the activity that set the timer whether it waits for a tick, or still waits for the delay.</summary>
    public void NoteTick()
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

    private void NoteIsAwaited(bool isAwaited)
    {
        if (Interlocked.Exchange(ref _isWaiting, isAwaited ? 1 : 0) == (isAwaited ? 1 : 0))
        {
            return;
        }

        if (isAwaited)
        {
            _ = _waiting.WaitFor();
        }
        else
        {
            _waiting.GoOn();
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
