using Messaging.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Messaging.Scheduling;

/// <summary>The broker's time: UTC ticks that start at the wall clock and then follow the monotonic one.</summary>
/// <remarks>A step of the wall clock while the broker runs neither ends leases nor fires what is scheduled. A clock that throws
/// is survived: the time stands still until it answers again.</remarks>
internal sealed class BrokerClock
{
    /// <summary>The longest step of the coarse clocks of the systems that .NET runs on: 15.6 ms on Windows, 1 to 10 ms elsewhere.</summary>
    public const long CoarseStep = 16 * TimeSpan.TicksPerMillisecond;

    // A coarse step is less than two thousandths of it.
    private const long LongDuration = 10 * TimeSpan.TicksPerSecond;

    private readonly TimeProvider _time;
    private readonly long _startTicks;
    private readonly long _startTimestamp;
    private readonly double _ticksPerTimestamp;
    private readonly bool _timestampsAreTicks;

    // None for the system's clock, which does not throw.
    private readonly GuardedTime? _guarded;

    // The time as of the last look at the system's coarse clock, and what that clock said then.
    private long _coarse;
    private long _coarseTick = long.MinValue;

    /// <summary>Starts at the wall clock.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="work">Where a failure of the clock is logged; <see langword="null"/> for nowhere.</param>
    /// <param name="logger">The log.</param>
    /// <exception cref="Exception">The clock throws, or has no frequency.</exception>
    public BrokerClock(TimeProvider time, WorkQueue? work = null, ILogger? logger = null)
    {
        long frequency = time.TimestampFrequency;
        if (frequency <= 0)
        {
            throw new ArgumentException($"The TimestampFrequency of the TimeProvider {time.GetType()} is {frequency}; it must be above 0.", nameof(time));
        }

        _time = time;
        _startTicks = time.GetUtcNow().UtcTicks;
        _startTimestamp = time.GetTimestamp();
        _timestampsAreTicks = frequency == TimeSpan.TicksPerSecond;
        _ticksPerTimestamp = (double)TimeSpan.TicksPerSecond / frequency;
        _guarded = IsReal ? null : new GuardedTime(time, _startTimestamp, work, logger);
    }

    /// <summary>Gets the time as UTC ticks.</summary>
    public long Now => _guarded is null ? ToTicks(_time.GetTimestamp()) : Math.Clamp(ToTicks(_guarded.GetTimestamp()), 0, DueTime.Last);

    /// <summary>Gets the time as UTC ticks, up to <see cref="CoarseStep"/> behind <see cref="Now"/>, at a quarter of its cost.</summary>
    public long Coarse
    {
        get
        {
            if (!IsReal)
            {
                return Now;
            }

            // The one place that reads another clock than the TimeProvider's: it tells when the time that is kept is out of date.
#pragma warning disable RS0030
            long tick = Environment.TickCount64;
#pragma warning restore RS0030
            if (tick != Volatile.Read(ref _coarseTick))
            {
                Volatile.Write(ref _coarse, Math.Max(Now, Volatile.Read(ref _coarse)));
                Volatile.Write(ref _coarseTick, tick);
            }

            return Volatile.Read(ref _coarse);
        }
    }

    /// <summary>Gets the time from which something lasts: exact for what is short, coarse and not too early for what is long.</summary>
    public long NowFor(long duration) => duration < LongDuration || !IsReal ? Now : DueTime.After(Coarse, CoarseStep);

    /// <summary>Gets a value indicating whether time passes by itself, so that waiting a few microseconds makes sense.</summary>
    public bool IsReal => ReferenceEquals(_time, TimeProvider.System);

    private long ToTicks(long timestamp)
    {
        long elapsed = timestamp - _startTimestamp;
        return _startTicks + (_timestampsAreTicks ? elapsed : (long)(elapsed * _ticksPerTimestamp));
    }
}
