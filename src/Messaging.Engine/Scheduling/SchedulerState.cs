namespace Messaging.Scheduling;

/// <summary>What a <see cref="Scheduler"/> decides under its lock: which alarm rings, and who sets the timer for which time.</summary>
internal sealed class SchedulerState
{
    private readonly AlarmHeap _alarms = new();
    private long _armedFor = long.MaxValue;
    private bool _ringing;
    private bool _arming;
    private bool _isToBeArmed;
    private bool _disposed;

    /// <summary>Sets an alarm for a time, unless it is set for an earlier one.</summary>
    /// <param name="alarm">The alarm.</param>
    /// <param name="due">The time.</param>
    /// <param name="first">What to set the timer for.</param>
    /// <returns>Whether the caller is to set the timer.</returns>
    public bool Set(Alarm alarm, long due, out long first)
    {
        first = long.MaxValue;

        // Another thread may have set an earlier time since the alarm looked.
        if (_disposed || alarm.Due <= due)
        {
            return false;
        }

        _alarms.Set(alarm, due);
        return TryBeginArming(out first);
    }

    public void Unset(Alarm alarm) => _alarms.Unset(alarm);

    public void Dispose()
    {
        _disposed = true;
        _alarms.Clear();
    }

    /// <summary>Notes that the timer has rung.</summary>
    /// <returns>Whether the caller is to ring the alarms. Otherwise somebody does.</returns>
    public bool TryBeginRinging()
    {
        // Whoever looks next sets it anew, also while alarms ring.
        _armedFor = long.MaxValue;
        if (_ringing)
        {
            return false;
        }

        _ringing = true;
        return true;
    }

    public bool TryTakeDue(long now, out Alarm? alarm) => _alarms.TryTakeDue(now, out alarm);

    /// <summary>Notes that no alarm is due.</summary>
    /// <inheritdoc cref="TryBeginArming"/>
    public bool EndRinging(out long first)
    {
        _ringing = false;
        return TryBeginArming(out first);
    }

    /// <summary>Notes that the timer could not be set. Whoever could not may not have left yet: then it is done there.</summary>
    /// <inheritdoc cref="TryBeginArming"/>
    public bool ArmAgain(out long first)
    {
        _isToBeArmed = _arming;
        return TryBeginArming(out first);
    }

    /// <summary>Notes that the caller has set the timer, or could not.</summary>
    /// <param name="due">For when.</param>
    /// <param name="isSet">Whether it is set.</param>
    /// <param name="first">What to set it for next.</param>
    /// <returns>Whether the caller is to set it again.</returns>
    public bool EndArming(long due, bool isSet, out long first)
    {
        _arming = false;
        if (!isSet && _armedFor == due)
        {
            // The next one tries again, and the timer does so by itself.
            _armedFor = long.MaxValue;
        }

        first = due;
        bool goesOn = (isSet || _isToBeArmed) && TryBeginArming(out first);
        _isToBeArmed = false;
        return goesOn;
    }

    /// <param name="first">What to set the timer for.</param>
    /// <returns>Whether the caller is to set the timer.</returns>
    private bool TryBeginArming(out long first)
    {
        first = _alarms.First;
        if (_disposed || _ringing || _arming || first >= _armedFor)
        {
            return false;
        }

        _arming = true;
        _armedFor = first;
        return true;
    }
}
