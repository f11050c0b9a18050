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

    private readonly BrokerClock _clock;
    private readonly WorkQueue _work;
    private readonly ILogger _logger;
    private readonly AlarmTimer _timer;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly SchedulerState _state = new();

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
        _timer = new AlarmTimer(time, fallback ?? TimeProvider.System, clock, work, _logger, OnTimer, ArmAgain);
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
            _state.Dispose();
        }

        _timer.Dispose();
        _ended.TrySetResult();
    }

    internal void SetNoLaterThan(Alarm alarm, long due)
    {
        long first;
        lock (_gate)
        {
            if (!_state.Set(alarm, due, out first))
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
            _state.Unset(alarm);
        }
    }

    private void OnTimer()
    {
        _work.Enter();
        try
        {
            lock (_gate)
            {
                if (!_state.TryBeginRinging())
                {
                    return;
                }
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
            alarm.Callback(now);
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
            if (_state.TryTakeDue(now, out alarm))
            {
                return true;
            }

            if (!_state.EndRinging(out first))
            {
                return false;
            }
        }

        Arm(first);
        return false;
    }

    /// <summary>Sets the timer after it could not be set.</summary>
    private void ArmAgain()
    {
        long first;
        lock (_gate)
        {
            if (!_state.ArmAgain(out first))
            {
                return;
            }
        }

        Arm(first);
    }

    /// <summary>Sets the timer without the lock, since it is not our code, one caller at a time. What was set meanwhile is armed here too.</summary>
    private void Arm(long due)
    {
        bool goesOn;
        do
        {
            bool isSet = _timer.TrySet(due);
            lock (_gate)
            {
                goesOn = _state.EndArming(due, isSet, out due);
            }
        }
        while (goesOn);
    }
}
