using System.Diagnostics.CodeAnalysis;
using Messaging.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Messaging.Scheduling;

/// <summary>A <see cref="TimeProvider"/> of somebody else's, which may throw: the last good reading stands in for one that does.</summary>
/// <remarks>It is read under locks and on every thread, so it never waits. The first failure of each outage is logged, as a piece of work of its own.</remarks>
internal sealed class GuardedTime
{
    private const int Monotonic = 1;
    private const int Wall = 2;

    private readonly TimeProvider _time;
    private readonly WorkQueue? _work;
    private readonly ILogger? _logger;
    private long _last;
    private int _out;

    /// <summary>Guards a clock that has answered once.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="first">Its first answer.</param>
    /// <param name="work">Where a failure is logged; <see langword="null"/> for nowhere.</param>
    /// <param name="logger">The log.</param>
    public GuardedTime(TimeProvider time, long first, WorkQueue? work, ILogger? logger)
    {
        _time = time;
        _last = first;
        _work = work;
        _logger = logger;
    }

    /// <summary>Reads the clock.</summary>
    /// <returns>Its timestamp, or the last good one.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a clock throws, the last good time is used.")]
    public long GetTimestamp()
    {
        long timestamp;
        try
        {
            timestamp = _time.GetTimestamp();
        }
        catch (Exception exception)
        {
            NoteOut(Monotonic, exception);

            return Volatile.Read(ref _last);
        }

        NoteGood(Monotonic);

        // The latest of all threads: another one may have told a later time already, and time must not go back.
        long last = Volatile.Read(ref _last);
        while (timestamp > last && Interlocked.CompareExchange(ref _last, timestamp, last) is var seen && seen != last)
        {
            last = seen;
        }

        return timestamp;
    }

    /// <summary>Reads the wall clock.</summary>
    /// <returns>Whether it has answered.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a clock throws, what it said before counts.")]
    public bool TryGetUtcTicks(out long ticks)
    {
        try
        {
            ticks = _time.GetUtcNow().UtcTicks;
        }
        catch (Exception exception)
        {
            NoteOut(Wall, exception);

            ticks = 0;
            return false;
        }

        NoteGood(Wall);

        return true;
    }

    /// <summary>Logs the first failure while both clocks answered.</summary>
    private void NoteOut(int clock, Exception exception)
    {
        if (Interlocked.Or(ref _out, clock) == 0)
        {
            LogLater(exception);
        }
    }

    private void NoteGood(int clock)
    {
        if ((Volatile.Read(ref _out) & clock) != 0)
        {
            Interlocked.And(ref _out, ~clock);
        }
    }

    private void LogLater(Exception exception)
    {
        if (_logger is not { } logger || _work is not { } work)
        {
            return;
        }

        work.RunCounted(() => EngineLog.ClockFailed(logger, exception, TypeName.Of(_time.GetType())));
    }
}
