namespace Messaging.Testing.Time;

/// <summary>The timers of a clock that are set, in the order of their times; those of the same time in the order in which they were set.</summary>
/// <remarks>A timer that is set again or stopped leaves its old entry behind, which is dropped when it comes to the front.</remarks>
internal sealed class TimerQueue
{
    private readonly PriorityQueue<VirtualTimer, (long Due, long Order)> _timers = new();
    private long _order;

    /// <summary>Gets the number of timers that are set.</summary>
    public int Count
    {
        get
        {
            DropStale();
            return _timers.UnorderedItems.Count(static entry => entry.Element.IsAt(entry.Priority));
        }
    }

    /// <summary>Gets the time of the next timer; <see cref="long.MaxValue"/> for none.</summary>
    public long NextDue
    {
        get
        {
            DropStale();
            return _timers.TryPeek(out _, out (long Due, long Order) place) ? place.Due : long.MaxValue;
        }
    }

    /// <summary>Sets a timer.</summary>
    public void Set(VirtualTimer timer, long due)
    {
        timer.Place = (due, ++_order);
        _timers.Enqueue(timer, timer.Place);
    }

    /// <summary>Stops a timer, if it is set.</summary>
    public static void Stop(VirtualTimer timer) => timer.Place = default;

    /// <summary>Takes the next timer.</summary>
    public VirtualTimer Take()
    {
        DropStale();
        VirtualTimer next = _timers.Dequeue();
        Stop(next);
        return next;
    }

    private void DropStale()
    {
        while (_timers.TryPeek(out VirtualTimer? timer, out (long Due, long Order) place) && !timer.IsAt(place))
        {
            _timers.Dequeue();
        }
    }
}
