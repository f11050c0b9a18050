using System.Diagnostics.CodeAnalysis;
using Messaging.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Messaging.Scheduling;

/// <summary>The one owner of a timer: rings alarms in the order of their due times.</summary>
/// <remarks>
/// There are few alarms (one per subscription, one for scheduled messages), each standing for many messages, so a heap
/// of alarms stays small. Setting an alarm arms the timer before the call returns, unless another call is arming it. Callbacks run
/// one after the other, without a lock; one that throws is logged and rings again later. The timer may refuse to be set: then it is tried again.
/// </remarks>
internal sealed class Scheduler : IDisposable
{
    /// <summary>After so many ticks, an alarm rings again whose callback has thrown.</summary>
    private const long Pause = TimeSpan.TicksPerSecond;

    /// <summary>The timer is set for no longer: the system's count up to 49 days.</summary>
    private const long LongestWait = 40 * TimeSpan.TicksPerDay;

    private readonly BrokerClock _clock;
    private readonly WorkQueue _work;
    private readonly ILogger _logger;
    private readonly GuardedTimer _timer;
    private readonly Action _ringNow;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by _gate. An alarm's entries whose time is no longer its due time are stale and skipped.
    private readonly Lock _gate = new();
    private readonly PriorityQueue<Alarm, (long Due, long Order)> _alarms = new();
    private long _order;
    private int _stale;
    private long _armedFor = long.MaxValue;
    private bool _ringing;
    private bool _arming;
    private bool _isToBeArmed;
    private bool _disposed;

    /// <summary>Creates a scheduler without alarms.</summary>
    /// <param name="time">Whose timer it uses.</param>
    /// <param name="clock">The broker's clock.</param>
    /// <param name="work">Where what is due already rings.</param>
    /// <param name="logger">The log; <see langword="null"/> for none.</param>
    /// <param name="fallback">The clock by which the timer is set again when it cannot be set; <see langword="null"/> for the system's.</param>
    /// <exception cref="Exception">The provider gives no timer.</exception>
    public Scheduler(TimeProvider time, BrokerClock clock, WorkQueue work, ILogger? logger = null, TimeProvider? fallback = null)
    {
        _clock = clock;
        _work = work;
        _logger = logger ?? NullLogger.Instance;
        _ringNow = RingNow;
        _timer = new GuardedTimer(time, fallback ?? TimeProvider.System, work, _logger, OnTimer, ArmAgain);
    }

    /// <summary>Creates an alarm that is not set.</summary>
    /// <param name="callback">Receives the time it is; it sets the alarm again if there is more to come.</param>
    /// <param name="owner">Whose alarm it is, for the log.</param>
    public Alarm CreateAlarm(Action<long> callback, string owner = "the broker") => new(this, callback, owner);

    /// <summary>Completes after a time, or at once when the scheduler is disposed.</summary>
    public Task DelayAsync(TimeSpan delay, out Alarm alarm)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        alarm = CreateAlarm(_ => done.TrySetResult());
        alarm.SetNoLaterThan(DueTime.After(_clock.Now, delay.Ticks));
        return Task.WhenAny(WorkContext.Of(done.Task), WorkContext.Of(_ended.Task));
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _alarms.Clear();
        }

        _timer.Dispose();
        _ended.TrySetResult();
    }

    internal void SetNoLaterThan(Alarm alarm, long due)
    {
        long first;
        lock (_gate)
        {
            // Another thread may have set an earlier time since the alarm looked.
            if (_disposed || alarm.Due <= due)
            {
                return;
            }

            ReplaceLocked(alarm, due);
            _alarms.Enqueue(alarm, (due, _order++));
            if (!TryBeginArmingLocked(out first))
            {
                return;
            }
        }

        Arm(first);
    }

    internal void Clear(Alarm alarm)
    {
        lock (_gate)
        {
            ReplaceLocked(alarm, long.MaxValue);
        }
    }

    private void ReplaceLocked(Alarm alarm, long due)
    {
        _stale += alarm.Due == long.MaxValue ? 0 : 1;
        alarm.Due = due;
        alarm.NoteArmed(due);
        ForgetStaleLocked();
    }

    /// <summary>Keeps entries that were put off or cleared from piling up until their time.</summary>
    private void ForgetStaleLocked()
    {
        if (_stale <= 64 || _stale <= _alarms.Count / 2)
        {
            return;
        }

        (Alarm Alarm, (long Due, long Order) Place)[] live = [.. _alarms.UnorderedItems.Where(static entry => entry.Element.Due == entry.Priority.Due)];
        _alarms.Clear();
        _alarms.EnqueueRange(live);
        _stale = 0;
    }

    private void RingNow()
    {
        OnTimer();
        _work.Exit();
    }

    private void OnTimer()
    {
        _work.Enter();
        try
        {
            lock (_gate)
            {
                // It has rung: whoever looks next sets it anew, also while alarms ring.
                _armedFor = long.MaxValue;
                if (_ringing)
                {
                    return;
                }

                _ringing = true;
            }

            while (TakeDue(out Alarm? alarm, out long now))
            {
                Ring(alarm!, now);
            }
        }
        finally
        {
            _work.Exit();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever an alarm's callback throws is logged, and it rings again.")]
    private void Ring(Alarm alarm, long now)
    {
        try
        {
            alarm.Ring(now);
        }
        catch (Exception exception)
        {
            alarm.SetNoLaterThan(DueTime.After(now, Pause));
            _work.RunCounted(() => EngineLog.AlarmFailed(_logger, exception, alarm.Owner));
        }
    }

    private bool TakeDue(out Alarm? alarm, out long now)
    {
        long first;
        lock (_gate)
        {
            now = _clock.Now;
            while (_alarms.TryPeek(out alarm, out (long Due, long Order) entry))
            {
                if (alarm.Due == entry.Due && entry.Due > now)
                {
                    break;
                }

                _alarms.Dequeue();
                if (alarm.Due == entry.Due)
                {
                    alarm.Due = long.MaxValue;
                    alarm.NoteArmed(long.MaxValue);
                    return true;
                }

                _stale = Math.Max(0, _stale - 1);
            }

            _ringing = false;
            if (!TryBeginArmingLocked(out first))
            {
                return false;
            }
        }

        Arm(first);
        return false;
    }

    /// <summary>Sets the timer after it could not be set. Whoever could not may not have left yet: then it is done there.</summary>
    private void ArmAgain()
    {
        long first;
        lock (_gate)
        {
            _isToBeArmed = _arming;
            if (!TryBeginArmingLocked(out first))
            {
                return;
            }
        }

        Arm(first);
    }

    private bool TryBeginArmingLocked(out long due)
    {
        due = long.MaxValue;
        if (_disposed || _ringing || _arming || !_alarms.TryPeek(out _, out (long Due, long Order) first) || first.Due >= _armedFor)
        {
            return false;
        }

        _arming = true;
        _armedFor = due = first.Due;
        return true;
    }

    /// <summary>Sets the timer without the lock, since it is not our code, one caller at a time. What was set meanwhile is armed here too.</summary>
    private void Arm(long due)
    {
        bool goesOn;
        do
        {
            bool isSet = TrySetTimer(due);
            lock (_gate)
            {
                _arming = false;
                if (!isSet && _armedFor == due)
                {
                    // The next one tries again, and the timer does so by itself.
                    _armedFor = long.MaxValue;
                }

                goesOn = (isSet || _isToBeArmed) && TryBeginArmingLocked(out due);
                _isToBeArmed = false;
            }
        }
        while (goesOn);
    }

    private bool TrySetTimer(long due)
    {
        const int Tries = 3;
        for (int i = 1; ; i++)
        {
            long now = _clock.Now;
            long wait = Math.Min(due - now, LongestWait);
            if (wait <= 0)
            {
                // Due already: runnable work, which does not wait for a timer.
                _work.Enter();
                _work.Run(_ringNow);
                return true;
            }

            if (_clock.IsReal)
            {
                // The system's timers count whole milliseconds; rounding up avoids a ring just before the time.
                wait = (wait + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond;
            }

            if (!_timer.TrySet(TimeSpan.FromTicks(wait)))
            {
                return false;
            }

            if (_clock.IsReal || i == Tries || _clock.Now == now)
            {
                return true;
            }

            // The clock was moved meanwhile, so the timer counts from a later time than was read: nobody may move it again.
        }
    }
}
