using System.Runtime.CompilerServices;

namespace Messaging.Scheduling;

/// <summary>How far the wall clock is ahead of the broker's time. May be used by anyone.</summary>
internal struct WallOffset
{
    // Differences that are less than this are left out of what is shown, and so cost no bytes: see MessageEncoder.
    private const long LeastShown = TimeSpan.TicksPerSecond;

    private long _ticks;
    private long _shown;

    /// <summary>Gets or sets the difference, in ticks.</summary>
    public long Ticks
    {
        readonly get => Volatile.Read(in _ticks);
        set
        {
            Volatile.Write(ref _ticks, value);
            Volatile.Write(ref _shown, Math.Abs(value) >= LeastShown ? value : 0);
        }
    }

    /// <summary>Gets what the wall clock shows at a time of the broker's, to within a second.</summary>
    public readonly long ToWall(long ticks)
    {
        long offset = Volatile.Read(in _shown);
        return offset == 0 ? ticks : Shift(ticks, offset);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Shift(long ticks, long offset) => Math.Clamp(ticks + offset, 0, DateTime.MaxValue.Ticks);
}
