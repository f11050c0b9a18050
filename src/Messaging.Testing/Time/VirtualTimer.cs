using Messaging.Testing.Running;

namespace Messaging.Testing.Time;

/// <summary>A timer of a virtual clock. Its place among the others is guarded by the clock.</summary>
internal sealed class VirtualTimer : ITimer
{
    private readonly VirtualTime _time;
    private readonly TimerCallback _callback;
    private readonly object? _state;

    // A timer whose state is a task is a delay that somebody awaits. Others are limits of something else that goes on meanwhile, and so is a
    // task that has a result, which stands for the one that Task.WaitAsync limits.
    private readonly Activity? _waiting;

    private int _isWaiting;

    public VirtualTimer(VirtualTime time, TimerCallback callback, object? state)
    {
        _time = time;
        _callback = callback;
        _state = state;
        _waiting = state is Task && !state.GetType().IsGenericType ? Activity.Current : null;
    }

    /// <summary>Gets or sets when it fires, and its turn among those of the same time; the default while it is not set.</summary>
    public (long Due, long Order) Place { get; set; }

    /// <summary>Gets or sets after which time it fires again, in ticks; 0 for not at all.</summary>
    public long Period { get; set; }

    public bool IsAt((long Due, long Order) place) => Place == place && place.Order != 0;

    public void Fire() => _callback(_state);

    /// <summary>Tells the activity that set it whether it waits.</summary>
    public void NoteIsSet(bool isSet)
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
        _time.Set(this, dueTime < TimeSpan.Zero ? -1 : dueTime.Ticks, period <= TimeSpan.Zero ? 0 : period.Ticks);
        return true;
    }

    public void Dispose() => _time.Set(this, -1, 0);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
