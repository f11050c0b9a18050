namespace Messaging.Testing.Following;

/// <summary>User code that a test broker follows: a handler's call, or code that the test has started. It does not count as running while it waits
/// for virtual time or for the broker.</summary>
/// <param name="count">Counts it.</param>
/// <param name="gate">Guards it, and all that is counted with it.</param>
internal abstract class Activity(WorkCount count, Lock gate)
{
    private static readonly AsyncLocal<Activity?> _current = new(FollowedThreads.NoteChange);

    // Guarded by the gate.
    private DeliveryName? _delivery;
    private long _waitedAt = -1;
    private bool _isCounted;

    /// <summary>Gets or sets the activity that the caller is a part of.</summary>
    public static Activity? Current
    {
        get => _current.Value;
        set => _current.Value = value;
    }

    /// <summary>Gets the code under test that this is a part of, if a test has started it; <see langword="null"/> for a handler or a loop's delivery.</summary>
    public virtual FollowedCode? Code => null;

    /// <summary>Gets what it is at, for messages. It blocks the thread of all if a wait of its own began in the piece of work that is still being done.</summary>
    public ActivityState State
    {
        get
        {
            lock (gate)
            {
                return new ActivityState(_delivery, _isCounted, Begun && Waits > 0 && count.IsBusy && _waitedAt == count.Steps);
            }
        }
    }

    /// <summary>Gets a value indicating whether its broker is gone.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>Gets the threads of the pool that execute code which is followed by the same queue.</summary>
    public FollowedThreads Threads => count.Threads;

    protected Lock Gate => gate;

    protected WorkCount Count => count;

    protected bool Begun { get; private set; }

    protected int Waits { get; private set; }

    /// <summary>Gets a value indicating whether it runs, as far as the gate's owner can know.</summary>
    protected abstract bool RunsLocked { get; }

    public void Begin(DeliveryName? delivery)
    {
        lock (gate)
        {
            _delivery = delivery;
            Begun = !IsAbandoned;
            NoteChangeLocked();
        }
    }

    public void End() => End(forGood: false);

    /// <summary>Ends it for good: its broker is gone.</summary>
    public void Abandon() => End(forGood: true);

    /// <summary>Notes that it waits for something that the broker or the clock knows of, until the wait is disposed.</summary>
    public ActivityWait WaitFor()
    {
        lock (gate)
        {
            _waitedAt = count.IsHere ? count.Steps : -1;
            ChangeWaitsLocked(1);
        }

        return new ActivityWait(this);
    }

    public void GoOn()
    {
        lock (gate)
        {
            ChangeWaitsLocked(-1);
        }
    }

    /// <summary>Counts it, or counts it no more, after its state has changed.</summary>
    public void RecountLocked()
    {
        bool runs = RunsLocked && !IsAbandoned;
        if (runs == _isCounted)
        {
            return;
        }

        _isCounted = runs;
        if (runs)
        {
            count.Begin();
        }
        else
        {
            count.End();
        }
    }

    protected virtual void ChangeWaitsLocked(int by)
    {
        Waits += by;
        NoteChangeLocked();
    }

    protected virtual void NoteChangeLocked() => RecountLocked();

    protected void NameLocked(in DeliveryName delivery) => _delivery = delivery;

    private void End(bool forGood)
    {
        lock (gate)
        {
            Begun = false;
            IsAbandoned |= forGood;
            NoteChangeLocked();
        }
    }
}
