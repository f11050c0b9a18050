namespace Messaging.Testing.Time;

/// <summary>A timer of a virtual clock. Its place among the others is guarded by the clock.</summary>
internal sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
{
    /// <summary>Gets or sets when it fires, and its turn among those of the same time; the default while it is not set.</summary>
    public (long Due, long Order) Place { get; set; }

    /// <summary>Gets or sets after which time it fires again, in ticks; 0 for not at all.</summary>
    public long Period { get; set; }

    public bool IsAt((long Due, long Order) place) => Place == place && place.Order != 0;

    public void Fire() => callback(state);

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        time.Set(this, dueTime < TimeSpan.Zero ? -1 : dueTime.Ticks, period <= TimeSpan.Zero ? 0 : period.Ticks);
        return true;
    }

    public void Dispose() => time.Set(this, -1, 0);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
