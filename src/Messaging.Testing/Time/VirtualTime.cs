using Messaging.Testing.Time;

namespace Messaging.Testing;

/// <summary>A clock that stands still until it is told to move.</summary>
/// <remarks>Give it to code under test as its <see cref="TimeProvider"/>; a timer fires at exactly its time, in the order of times, and
/// those of the same time in the order in which they were set. Whoever moves the clock runs the callbacks.</remarks>
public sealed class VirtualTime : TimeProvider
{
    private const long Farthest = long.MaxValue / 2;

    private readonly long _startTicks;
    private readonly long _lastElapsed;

    // Guarded by _gate; the times are read without it.
    private readonly Lock _gate = new();
    private readonly TimerQueue _timers = new();
    private readonly HashSet<TimerWait> _waits = [];
    private long _elapsed;
    private long _wallOffset;

    /// <summary>Creates a clock.</summary>
    /// <param name="start">The time it shows first; <see langword="null"/> for the beginning of 2030, in UTC.</param>
    public VirtualTime(DateTimeOffset? start = null)
    {
        _startTicks = (start ?? new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)).UtcTicks;
        _lastElapsed = DateTimeOffset.MaxValue.UtcTicks - _startTicks;
    }

    /// <summary>Gets the number of timers that are set.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count;
            }
        }
    }

    /// <summary>Gets the number of ticks of a second: those of <see cref="TimeSpan"/>.</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Gets UTC: virtual time has no zones.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(
        Math.Clamp(_startTicks + Volatile.Read(ref _elapsed) + Volatile.Read(ref _wallOffset), 0, DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero);

    /// <inheritdoc/>
    public override long GetTimestamp() => Volatile.Read(ref _elapsed);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new VirtualTimer(this, callback, state);
        if (timer.Wait is { } wait)
        {
            lock (_gate)
            {
                _waits.Add(wait);
            }
        }

        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock, firing each timer at its own time on the way, on the caller's thread.</summary>
    /// <param name="by">How far; zero fires what is due now.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="by"/> is less than zero, or beyond the year 9999.</exception>
    public void Advance(TimeSpan by)
    {
        VerifyCanMove(by);
        long target = GetTimestamp() + by.Ticks;
        while (TryFireNext(target))
        {
        }

        MoveTo(target);
    }

    /// <summary>Moves the wall clock and nothing else, as somebody who sets it does: timers and timestamps do not change.</summary>
    /// <param name="by">How far, backwards too. It shows no time before the year 1 or after 9999.</param>
    public void SetWallClock(TimeSpan by)
    {
        lock (_gate)
        {
            Volatile.Write(ref _wallOffset, Math.Clamp(_wallOffset + Math.Clamp(by.Ticks, -Farthest, Farthest), -Farthest, Farthest));
        }
    }

    /// <summary>Gets a value indicating whether code that is followed has timers of ticks.</summary>
    internal bool HasTicks
    {
        get
        {
            lock (_gate)
            {
                return _waits.Count > 0;
            }
        }
    }

    /// <summary>Tells code that is followed whether it waits for a tick.</summary>
    internal void NoteTickWaits()
    {
        TimerWait[] waits;
        lock (_gate)
        {
            if (_waits.Count == 0)
            {
                return;
            }

            waits = [.. _waits];
        }

        foreach (TimerWait wait in waits)
        {
            wait.NoteTick();
        }
    }

    /// <summary>Verifies that the clock can move so far.</summary>
    internal void VerifyCanMove(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        if (by.Ticks > _lastElapsed - GetTimestamp())
        {
            throw new ArgumentOutOfRangeException(nameof(by), by, "The clock can move to the end of the year 9999, and no further.");
        }
    }

    /// <summary>Moves the clock to a time without firing anything: what was due before is late, as after a pause of the process.</summary>
    internal void MoveTo(long elapsed)
    {
        lock (_gate)
        {
            _elapsed = Math.Max(_elapsed, Math.Min(elapsed, _lastElapsed));
        }
    }

    /// <summary>Gets the time of the next timer, on the scale of <see cref="GetTimestamp"/>; <see cref="long.MaxValue"/> for none.</summary>
    internal long NextDue
    {
        get
        {
            lock (_gate)
            {
                return _timers.NextDue is var due && due <= _lastElapsed ? due : long.MaxValue;
            }
        }
    }

    /// <summary>Moves to the next timer that is due by a time, and fires it.</summary>
    internal bool TryFireNext(long by)
    {
        VirtualTimer timer;
        lock (_gate)
        {
            long due = _timers.NextDue;
            if (due > Math.Min(by, _lastElapsed))
            {
                return false;
            }

            timer = _timers.Take();
            _elapsed = Math.Max(_elapsed, due);
            if (timer.Period > 0)
            {
                SetLocked(timer, due, timer.Period);
            }
        }

        timer.Wait?.NoteIsSet(timer.Period > 0);
        timer.Fire();
        return true;
    }

    /// <summary>Sets a timer, or stops it.</summary>
    /// <returns>Whether it could be set: after its end it cannot.</returns>
    internal bool Set(VirtualTimer timer, long wait, long period, bool isLast)
    {
        lock (_gate)
        {
            if (timer.IsDisposed)
            {
                return false;
            }

            timer.IsDisposed = isLast;
            if (isLast && timer.Wait is { } ended)
            {
                _waits.Remove(ended);
            }

            timer.Period = period;
            TimerQueue.Stop(timer);
            if (wait >= 0)
            {
                SetLocked(timer, _elapsed, wait);
            }
        }

        timer.Wait?.NoteIsSet(wait >= 0);
        return true;
    }

    // What is due later than the clock goes is never due.
    private void SetLocked(VirtualTimer timer, long from, long wait) => _timers.Set(timer, from + Math.Min(wait, Farthest));
}
