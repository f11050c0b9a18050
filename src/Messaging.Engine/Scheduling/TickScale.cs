namespace Messaging.Scheduling;

/// <summary>The time in ticks at which a clock's timestamps were and will be taken.</summary>
/// <param name="startTicks">The time at the first timestamp.</param>
/// <param name="startTimestamp">The first timestamp.</param>
/// <param name="frequency">The timestamps of a second.</param>
internal readonly struct TickScale(long startTicks, long startTimestamp, long frequency)
{
    private readonly double _ticksPerTimestamp = (double)TimeSpan.TicksPerSecond / frequency;
    private readonly bool _timestampsAreTicks = frequency == TimeSpan.TicksPerSecond;

    public long ToTicks(long timestamp)
    {
        long elapsed = timestamp - startTimestamp;
        return startTicks + (_timestampsAreTicks ? elapsed : (long)(elapsed * _ticksPerTimestamp));
    }
}
