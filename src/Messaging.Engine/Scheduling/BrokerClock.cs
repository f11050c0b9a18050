using System.Runtime.CompilerServices;
using Messaging.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Messaging.Scheduling;

/// <summary>The broker's time: UTC ticks that start at the wall clock and then follow the monotonic one, over all openings of a store; and what
/// the wall clock shows beside it.</summary>
/// <remarks>A step of the wall clock while the broker runs neither ends leases nor fires what is scheduled. The store notes how far the wall clock is
/// ahead, so that the next opening goes on in the same time. What the wall clock did in between counts as time that passed. A clock that throws
/// is survived: the time stands still until it answers again.</remarks>
internal sealed class BrokerClock
{
    /// <summary>The longest step of the coarse clocks of the systems that .NET runs on: 15.6 ms on Windows, 1 to 10 ms elsewhere.</summary>
    public const long CoarseStep = 16 * TimeSpan.TicksPerMillisecond;

    /// <summary>A difference that is less is no step of the wall clock.</summary>
    public const long LeastStep = 10 * TimeSpan.TicksPerMillisecond;

    private const long LeastShown = TimeSpan.TicksPerSecond;

    // Between two looks at one clock with one at the other between them. What took longer was interrupted, and means nothing.
    private const long LongestLook = TimeSpan.TicksPerMillisecond;

    // A coarse step is less than two thousandths of it.
    private const long LongDuration = 10 * TimeSpan.TicksPerSecond;

    private readonly TimeProvider _time;
    private readonly TickScale _scale;

    // None for the system's clock, which does not throw.
    private readonly GuardedTime? _guarded;

    // As of the last look at the wall clock. A shown offset of less than a second is 0, since it would cost bytes in each record: see MessageEncoder.
    private long _wallOffset;
    private long _shownOffset;

    // The time as of the last tick of the system's coarse clock.
    private long _coarse;
    private long _coarseTick = long.MinValue;

    /// <summary>Starts a clock.</summary>
    /// <param name="time">The system's clocks, or somebody else's.</param>
    /// <param name="work">Where a failure of the clock is logged; <see langword="null"/> for nowhere.</param>
    /// <param name="logger">The log.</param>
    /// <param name="wallOffset">How far the wall clock was ahead of the broker's time when the store was open last.</param>
    /// <exception cref="Exception">The clock throws, or has no frequency.</exception>
    public BrokerClock(TimeProvider time, WorkQueue? work = null, ILogger? logger = null, long wallOffset = 0)
    {
        long frequency = time.TimestampFrequency;
        if (frequency <= 0)
        {
            throw new ArgumentException($"The TimestampFrequency of the TimeProvider {TypeName.Of(time.GetType())} is {frequency}; it must be above 0.", nameof(time));
        }

        _time = time;
        long wall = time.GetUtcNow().UtcTicks;
        // A clock that has left the calendar meanwhile was wrong then or is now: it begins anew.
        WallOffset = wallOffset < wall && wallOffset > wall - DateTime.MaxValue.Ticks ? wallOffset : 0;
        long start = time.GetTimestamp();
        _scale = new TickScale(wall - WallOffset, start, frequency);
        _guarded = IsReal ? null : new GuardedTime(time, start, work, logger);
    }

    /// <summary>Gets the time as UTC ticks.</summary>
    public long Now => _guarded is null ? _scale.ToTicks(_time.GetTimestamp()) : Math.Clamp(_scale.ToTicks(_guarded.GetTimestamp()), 0, DueTime.Last);

    /// <summary>Gets the time as UTC ticks, up to <see cref="CoarseStep"/> behind <see cref="Now"/>, at a quarter of its cost.</summary>
    public long Coarse
    {
        get
        {
            if (IsReal)
            {
                // The one place that reads another clock than the TimeProvider's: it tells when the time that is kept is out of date.
#pragma warning disable RS0030
                long tick = Environment.TickCount64;
#pragma warning restore RS0030
                return tick == Volatile.Read(in _coarseTick) ? Volatile.Read(in _coarse) : ReadCoarse(tick);
            }

            LookAtWall();
            return Now;
        }
    }

    /// <summary>Gets the time from which something lasts: exact for what is short, coarse and not too early for what is long.</summary>
    public long NowFor(long duration) => duration < LongDuration || !IsReal ? Now : DueTime.After(Coarse, CoarseStep);

    /// <summary>Gets how far the wall clock is ahead of the broker's time, in ticks, as of the last look at it.</summary>
    public long WallOffset
    {
        get => Volatile.Read(in _wallOffset);
        private set
        {
            Volatile.Write(ref _wallOffset, value);
            Volatile.Write(ref _shownOffset, Math.Abs(value) >= LeastShown ? value : 0);
        }
    }

    /// <summary>Looks at the wall clock, and notes a step of it.</summary>
    /// <param name="isExact">Whether to note the least difference, too.</param>
    /// <returns>How far it is ahead of the broker's time, in ticks.</returns>
    public long LookAtWall(bool isExact = false)
    {
        const int Looks = 3;
        for (int i = 0; i < Looks; i++)
        {
            long before = Now;
            long wall = 0;
            if (_guarded is null)
            {
                wall = _time.GetUtcNow().UtcTicks;
            }
            else if (!_guarded.TryGetUtcTicks(out wall))
            {
                break;
            }

            if (Now - before <= LongestLook)
            {
                long offset = wall - before;
                if (isExact || Math.Abs(offset - WallOffset) >= LeastStep)
                {
                    WallOffset = offset;
                }

                break;
            }
        }

        return WallOffset;
    }

    /// <summary>Gets what the wall clock shows at a time of the broker's, as it is set now, to within a second.</summary>
    public long ToWall(long ticks)
    {
        LookAtWall();
        return ToWallAsSeen(ticks);
    }

    /// <summary>Gets what the wall clock shows at a time of the broker's, as of the last look at it: the same time, for as long as it has not
    /// stepped by a second.</summary>
    public long ToWallAsSeen(long ticks)
    {
        long offset = Volatile.Read(in _shownOffset);
        return offset == 0 ? ticks : Shift(ticks, offset);
    }

    /// <summary>Gets a value indicating whether time passes by itself, so that waiting a few microseconds makes sense.</summary>
    public bool IsReal => ReferenceEquals(_time, TimeProvider.System);

    /// <summary>Reads the time for a tick of the coarse clock. It does not go back.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private long ReadCoarse(long tick)
    {
        LookAtWall();
        Volatile.Write(ref _coarse, Math.Max(Now, Volatile.Read(in _coarse)));
        Volatile.Write(ref _coarseTick, tick);
        return Volatile.Read(in _coarse);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Shift(long ticks, long offset) => Math.Clamp(ticks + offset, 0, DateTime.MaxValue.Ticks);
}
