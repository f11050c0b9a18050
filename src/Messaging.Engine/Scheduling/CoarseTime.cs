namespace Messaging.Scheduling;

/// <summary>The time as of the last look at the system's coarse clock. May be used by anyone.</summary>
internal struct CoarseTime()
{
    private long _time;
    private long _tick = long.MinValue;

    /// <summary>Gets the time, if the coarse clock has not ticked since it was set.</summary>
    public readonly bool TryGet(long tick, out long time)
    {
        if (tick != Volatile.Read(in _tick))
        {
            time = 0;
            return false;
        }

        time = Volatile.Read(in _time);
        return true;
    }

    /// <summary>Sets the time for a tick of the coarse clock. It does not go back.</summary>
    public long Set(long tick, long time)
    {
        Volatile.Write(ref _time, Math.Max(time, Volatile.Read(in _time)));
        Volatile.Write(ref _tick, tick);
        return Volatile.Read(in _time);
    }
}
