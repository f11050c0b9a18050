namespace Messaging.Testing.Running;

/// <summary>User code that the broker has begun: a handler's call, or a loop's way with a delivery. It counts as runnable while it waits neither
/// for virtual time nor for the broker.</summary>
internal sealed class Activity(SerialWork work)
{
    private static readonly AsyncLocal<Activity?> _current = new();

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private DeliveryName _delivery;
    private bool _begun;
    private bool _abandoned;
    private int _waits;
    private long _waitedAt = -1;

    /// <summary>Gets or sets the activity that the caller is a part of.</summary>
    public static Activity? Current
    {
        get => _current.Value;
        set => _current.Value = value;
    }

    /// <summary>Gets what it is at, for messages. It blocks the thread of all if a wait of its own began in the piece of work that is still being done.</summary>
    public ActivityState State
    {
        get
        {
            lock (_gate)
            {
                return new ActivityState(_delivery, _begun && _waits == 0, _begun && _waits > 0 && work.IsBusy && _waitedAt == work.Steps);
            }
        }
    }

    public void Begin(in DeliveryName delivery)
    {
        bool starts;
        lock (_gate)
        {
            _delivery = delivery;
            starts = !_begun && _waits == 0 && !_abandoned;
            _begun = !_abandoned;
        }

        Count(starts, ends: false);
    }

    public void End() => End(forGood: false);

    /// <summary>Ends it for good: its broker is gone.</summary>
    public void Abandon() => End(forGood: true);

    /// <summary>Notes that it waits for something that the broker or the clock knows of, until the wait is disposed.</summary>
    public ActivityWait WaitFor()
    {
        bool ends;
        lock (_gate)
        {
            ends = _begun && _waits == 0;
            _waits++;
            _waitedAt = work.IsHere ? work.Steps : -1;
        }

        Count(starts: false, ends);
        return new ActivityWait(this);
    }

    public void GoOn()
    {
        bool starts;
        lock (_gate)
        {
            _waits--;
            starts = _begun && _waits == 0;
        }

        Count(starts, ends: false);
    }

    private void End(bool forGood)
    {
        bool ends;
        lock (_gate)
        {
            ends = _begun && _waits == 0;
            _begun = false;
            _abandoned |= forGood;
        }

        Count(starts: false, ends);
    }

    private void Count(bool starts, bool ends)
    {
        if (starts)
        {
            work.Begin();
        }
        else if (ends)
        {
            work.End();
        }
    }
}
