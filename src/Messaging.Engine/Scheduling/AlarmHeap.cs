namespace Messaging.Scheduling;

/// <summary>Alarms in the order of their due times, and of their setting.</summary>
/// <remarks>An alarm's entries whose time is no longer its due time are stale: they are skipped, and forgotten when they are many.</remarks>
internal sealed class AlarmHeap
{
    private readonly PriorityQueue<Alarm, (long Due, long Order)> _alarms = new();
    private long _order;
    private int _stale;

    /// <summary>Gets the time of the first entry, stale or not; <see cref="long.MaxValue"/> for none.</summary>
    public long First => _alarms.TryPeek(out _, out (long Due, long Order) first) ? first.Due : long.MaxValue;

    public void Set(Alarm alarm, long due)
    {
        Replace(alarm, due);
        _alarms.Enqueue(alarm, (due, _order++));
    }

    public void Unset(Alarm alarm) => Replace(alarm, long.MaxValue);

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
                alarm.NoteArmed(long.MaxValue);
                return true;
            }

            _stale = Math.Max(0, _stale - 1);
        }

        return false;
    }

    public void Clear() => _alarms.Clear();

    private void Replace(Alarm alarm, long due)
    {
        _stale += alarm.Due == long.MaxValue ? 0 : 1;
        alarm.Due = due;
        alarm.NoteArmed(due);
        ForgetStale();
    }

    /// <summary>Keeps entries that were put off or cleared from piling up until their time.</summary>
    private void ForgetStale()
    {
        if (_stale <= 64 || _stale <= _alarms.Count / 2)
        {
            return;
        }

        (Alarm Alarm, (long Due, long Order) Entry)[] live = [.. _alarms.UnorderedItems.Where(static entry => entry.Element.Due == entry.Priority.Due)];
        _alarms.Clear();
        _alarms.EnqueueRange(live);
        _stale = 0;
    }
}
