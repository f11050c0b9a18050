using System.Diagnostics;
using Messaging.Diagnostics;
using Messaging.Testing.Following;
using Messaging.Testing.Observing;

namespace Messaging.Testing.Running;

/// <summary>A watchdog in real time: fails waits with <see cref="NotAtRestException"/> when no work was done for the hang limit.</summary>
/// <remarks>Real time decides about nothing else: as long as work is done, everybody waits on. A hang ends after the limit, and at the latest after one
/// and a quarter of it.</remarks>
internal sealed class RestWatch : IDisposable
{
    private const long MostSteps = 50_000_000;

    private readonly WorkCount _count;
    private readonly HangReport _report;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;

    // Guarded by _gate. One look at a time: between two of them nobody else moves the clock.
    private readonly Lock _gate = new();
    private readonly HashSet<WatchedWait> _waits = [];
    private readonly HangClock _clock;
    private bool _isLooking;
    private bool _ended;
    private long _lookedAt;

    /// <param name="count">Knows what is done.</param>
    /// <param name="recorder">Knows the histories for the explanation.</param>
    /// <param name="limit">How long nothing may happen.</param>
    /// <param name="time">The real time; another one in tests of the watchdog.</param>
    public RestWatch(WorkCount count, ObservationRecorder recorder, TimeSpan limit, TimeProvider? time = null)
    {
        _count = count;
        _report = new HangReport(count, recorder, limit);
        _clock = new HangClock(limit);
        _time = time ?? TimeProvider.System;
        _timer = CleanContext.Get(() => _time.CreateTimer(
            static watch => ((RestWatch)watch!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
    }

    /// <summary>Gets a value indicating whether the one thread of all was found blocked, and still is.</summary>
    public bool IsBlocked
    {
        get
        {
            lock (_gate)
            {
                return _count.IsBusy && _clock.IsBlockedAt(_count.Steps);
            }
        }
    }

    /// <summary>Watches a call until it ends.</summary>
    /// <param name="call">The call.</param>
    /// <param name="needsRest">Whether it stops something, and so waits for rest.</param>
    /// <param name="isFollowed">Whether what follows the wait runs where the call ends, because it is counted there.</param>
    public Task<T> Watch<T>(Task<T> call, bool needsRest, bool isFollowed = false)
    {
        if (call.IsCompleted)
        {
            return call;
        }

        var wait = new WatchedCall<T>(needsRest, _count.Steps, isFollowed);
        if (TryAdd(wait))
        {
            wait.EndWith(call);
        }

        return wait.Task;
    }

    /// <summary>Watches a wait until it ends.</summary>
    /// <returns>Whether it may still end; otherwise it has failed.</returns>
    public bool TryAdd(WatchedWait wait)
    {
        lock (_gate)
        {
            if (!_ended || !wait.NeedsRest)
            {
                wait.Ended = Forget;
                _waits.Add(wait);
                if (!_isLooking)
                {
                    // Nobody waited before: what happens is told from now on.
                    _clock.Begin(wait.Steps);
                    wait.SeenAt = _clock.Now;
                    LookLaterLocked();
                }

                return true;
            }
        }

        wait.Fail(EndOfBroker());
        return false;
    }

    /// <summary>Ends the waits for rest, which no longer comes. Calls of the broker that are under way are watched until they end.</summary>
    public void Dispose()
    {
        WatchedWait[] inVain;
        lock (_gate)
        {
            _ended = true;
            inVain = [.. _waits.Where(static wait => wait.NeedsRest)];
        }

        foreach (WatchedWait wait in inVain)
        {
            wait.Fail(EndOfBroker());
        }
    }

    private static ObjectDisposedException EndOfBroker() => new("TestBroker");

    private void Forget(WatchedWait wait)
    {
        lock (_gate)
        {
            _waits.Remove(wait);
        }
    }

    // One look at a time: looks that a busy thread pool makes late must not follow on each other.
    private void LookLaterLocked()
    {
        _isLooking = true;
        _lookedAt = _time.GetTimestamp();
        _timer.Change(_clock.Interval, Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        long steps = _count.Steps;
        WatchedWait[] waits;
        lock (_gate)
        {
            _clock.GoOn(_time.GetElapsedTime(_lookedAt), steps, _count.IsBusy, Debugger.IsAttached);
            waits = [.. _waits];
        }

        foreach (WatchedWait wait in waits)
        {
            Judge(wait, steps);
        }

        lock (_gate)
        {
            _isLooking = false;
            if (_waits.Count > 0)
            {
                LookLaterLocked();
            }
        }
    }

    private void Judge(WatchedWait wait, long steps)
    {
        // One that began since the last look counts from this look on.
        TimeSpan since = wait.SeenAt ??= _clock.Now;
        bool isBlocked = _clock.IsBlockedAt(steps);
        if (_clock.HasHung(since) && (wait.NeedsRest || isBlocked))
        {
            wait.Fail(new NotAtRestException(_report.OfHang(isBlocked)));
        }
        else if (wait.NeedsRest && steps - wait.Steps > MostSteps)
        {
            wait.Fail(new NotAtRestException(_report.OfEndlessWork(steps - wait.Steps)));
        }
    }
}
