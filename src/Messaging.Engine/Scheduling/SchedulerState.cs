namespace Messaging.Scheduling;

/// <summary>What a <see cref="Scheduler"/> decides under its lock: which alarm rings, and who sets the timer for which time.</summary>
/// <remarks>Alarms lie in the order of their due times, and of their setting. An alarm's entries whose time is no longer its due time are stale: they
/// are skipped, and forgotten when they are many.</remarks>
internal sealed class SchedulerState
{
    private readonly PriorityQueue<Alarm, (long Due, long Order)> _alarms = new();
    private long _order;
    private int _stale;
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

        Replace(alarm, due);
        _alarms.Enqueue(alarm, (due, _order++));
        return TryBeginArming(out first);
    }

    public void Unset(Alarm alarm) => Replace(alarm, long.MaxValue);

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

    /// <summary>Takes the first alarm that is due.</summary>
    public bool TryTakeDue(long now, out Alarm? alarm)
    {
        while (_alarms.TryPeek(out alarm, out (long Due, long Order) entry))
        {
            if (alarm.Due == entry.Due && entry.Due > now)
            {
                break;
            }

            _alarms.Dequeue();
            if (alarm.Due == entry.Due)
            {
                alarm.Due = long.MaxValue;
                return true;
            }

            _stale = Math.Max(0, _stale - 1);
        }

        return false;
    }

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

    /// <summary>Sets an alarm's time, and keeps entries that were put off or cleared from piling up until their time.</summary>
    private void Replace(Alarm alarm, long due)
    {
        _stale += alarm.Due == long.MaxValue ? 0 : 1;
        alarm.Due = due;
        if (_stale > 64 && _stale > _alarms.Count / 2)
        {
            (Alarm Alarm, (long Due, long Order) Entry)[] live = [.. _alarms.UnorderedItems.Where(static entry => entry.Element.Due == entry.Priority.Due)];
            _alarms.Clear();
            _alarms.EnqueueRange(live);
            _stale = 0;
        }
    }

    /// <param name="first">What to set the timer for.</param>
    /// <returns>Whether the caller is to set the timer.</returns>
    private bool TryBeginArming(out long first)
    {
        // The first entry's time, stale or not.
        first = _alarms.TryPeek(out _, out (long Due, long Order) entry) ? entry.Due : long.MaxValue;
        if (_disposed || _ringing || _arming || first >= _armedFor)
        {
            return false;
        }

        _arming = true;
        _armedFor = first;
        return true;
    }
}
