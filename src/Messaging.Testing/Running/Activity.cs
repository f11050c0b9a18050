namespace Messaging.Testing.Running;

/// <summary>User code that the broker has begun: a handler's call, or a loop's way with a delivery. It counts as runnable while it waits neither
/// for virtual time nor for the broker.</summary>
internal sealed class Activity(SerialWork work)
{
    private static readonly AsyncLocal<Activity?> _current = new();

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private bool _begun;
    private int _waits;

    /// <summary>Gets or sets the activity that the caller is a part of.</summary>
    public static Activity? Current
    {
        get => _current.Value;
        set => _current.Value = value;
    }

    /// <summary>Gets the delivery that it deals with, for messages.</summary>
    public DeliveryName Delivery { get; private set; }

    public bool IsRunnable
    {
        get
        {
            lock (_gate)
            {
                return _begun && _waits == 0;
            }
        }
    }

    public void Begin(in DeliveryName delivery)
    {
        bool starts;
        lock (_gate)
        {
            Delivery = delivery;
            starts = !_begun && _waits == 0;
            _begun = true;
        }

        Count(starts, ends: false);
    }

    public void End()
    {
        bool ends;
        lock (_gate)
        {
            ends = _begun && _waits == 0;
            _begun = false;
        }

        Count(starts: false, ends);
    }

    /// <summary>Notes that it waits for something that the broker or the clock knows of, until the wait is disposed.</summary>
    public ActivityWait WaitFor()
    {
        bool ends;
        lock (_gate)
        {
            ends = _begun && _waits == 0;
            _waits++;
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
