namespace Messaging.Scheduling;

/// <summary>The broker's time: UTC ticks that start at the wall clock and then follow the monotonic one.</summary>
/// <remarks>A step of the wall clock while the broker runs neither ends leases nor fires what is scheduled.</remarks>
internal sealed class BrokerClock
{
    private readonly TimeProvider _time;
    private readonly long _startTicks;
    private readonly long _startTimestamp;
    private readonly double _ticksPerTimestamp;
    private readonly bool _timestampsAreTicks;

    public BrokerClock(TimeProvider time)
    {
        _time = time;
        _startTicks = time.GetUtcNow().UtcTicks;
        _startTimestamp = time.GetTimestamp();
        _timestampsAreTicks = time.TimestampFrequency == TimeSpan.TicksPerSecond;
        _ticksPerTimestamp = (double)TimeSpan.TicksPerSecond / time.TimestampFrequency;
    }

    /// <summary>Gets the time as UTC ticks.</summary>
    public long Now
    {
        get
        {
            long elapsed = _time.GetTimestamp() - _startTimestamp;
            return _startTicks + (_timestampsAreTicks ? elapsed : (long)(elapsed * _ticksPerTimestamp));
        }
    }

    /// <summary>Gets a value indicating whether time passes by itself, so that waiting a few microseconds makes sense.</summary>
    public bool IsReal => ReferenceEquals(_time, TimeProvider.System);
}
