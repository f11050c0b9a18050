using Messaging.Diagnostics;

namespace Messaging.Scheduling;

/// <summary>The one owner of a timer: rings alarms in the order of their due times.</summary>
/// <remarks>
/// There are few alarms (one per subscription, one for scheduled messages), each standing for many messages, so a heap
/// of alarms stays small. Setting an alarm arms the timer before the call returns. Callbacks run one after the other, without a lock.
/// </remarks>
internal sealed class Scheduler : IDisposable
{
    private readonly BrokerClock _clock;
    private readonly WorkQueue _work;
    private readonly ITimer _timer;
    private readonly Action _ringNow;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by _gate. An alarm's entries whose time is no longer its due time are stale and skipped.
    private readonly Lock _gate = new();
    private readonly PriorityQueue<Alarm, (long Due, long Order)> _alarms = new();
    private long _order;
    private int _stale;
    private long _armedFor = long.MaxValue;
    private bool _ringing;
    private bool _disposed;

    public Scheduler(TimeProvider time, BrokerClock clock, WorkQueue work)
    {
        _clock = clock;
        _work = work;
        _ringNow = RingNow;
        // A timer keeps the context that it was created in, and rings in it.
        _timer = CleanContext.Get(() => time.CreateTimer(
            static state => ((Scheduler)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
    }

    /// <summary>Creates an alarm that is not set.</summary>
    /// <param name="callback">Receives the time it is; it sets the alarm again if there is more to come.</param>
    public Alarm CreateAlarm(Action<long> callback) => new(this, callback);

    /// <summary>Completes after a time, or at once when the scheduler is disposed.</summary>
    public Task DelayAsync(TimeSpan delay, out Alarm alarm)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        alarm = CreateAlarm(_ => done.TrySetResult());
        alarm.SetNoLaterThan(_clock.Now + delay.Ticks);
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
        lock (_gate)
        {
            // Another thread may have set an earlier time since the alarm looked.
            if (_disposed || alarm.Due <= due)
            {
                return;
            }

            ReplaceLocked(alarm, due);
            _alarms.Enqueue(alarm, (due, _order++));
            ArmLocked();
        }
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
                if (_ringing)
                {
                    return;
                }

                _ringing = true;
                _armedFor = long.MaxValue;
            }

            while (TakeDue(out Alarm? alarm, out long now))
            {
                alarm!.Ring(now);
            }
        }
        finally
        {
            _work.Exit();
        }
    }

    private bool TakeDue(out Alarm? alarm, out long now)
    {
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
            ArmLocked();
            return false;
        }
    }

    private void ArmLocked()
    {
        if (_disposed || _ringing || !_alarms.TryPeek(out _, out (long Due, long Order) first) || first.Due >= _armedFor)
        {
            return;
        }

        _armedFor = first.Due;
        // The system's timers count whole milliseconds; rounding up avoids a ring just before the time.
        long wait = first.Due - _clock.Now;
        if (wait <= 0)
        {
            // Due already: runnable work, which does not wait for a timer.
            _work.Enter();
            _work.Run(_ringNow);
            return;
        }

        if (_clock.IsReal)
        {
            wait = (wait + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond;
        }

        _timer.Change(TimeSpan.FromTicks(Math.Min(wait, TimeSpan.FromDays(40).Ticks)), Timeout.InfiniteTimeSpan);
    }
}
