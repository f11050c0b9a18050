using Messaging.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Messaging.Scheduling;

/// <summary>The scheduler's timer, set for a time of the broker's clock. What is due already does not wait for it.</summary>
/// <remarks>One caller at a time sets it, without a lock, since it is not our code.</remarks>
internal sealed class AlarmTimer : IDisposable
{
    /// <summary>The timer is set for no longer: the system's count up to 49 days.</summary>
    private const long LongestWait = 40 * TimeSpan.TicksPerDay;

    private readonly BrokerClock _clock;
    private readonly WorkQueue _work;
    private readonly GuardedTimer _timer;
    private readonly Action _ringNow;

    /// <summary>Creates a timer that is not set.</summary>
    /// <param name="time">Whose timer it uses.</param>
    /// <param name="fallback">The clock by which the timer is set again when it cannot be set.</param>
    /// <param name="clock">The broker's clock.</param>
    /// <param name="work">Where what is due already rings.</param>
    /// <param name="logger">The log.</param>
    /// <param name="ring">What is called when the time has come.</param>
    /// <param name="setAgain">What sets the timer again after a failure.</param>
    /// <exception cref="Exception">The provider gives no timer.</exception>
    public AlarmTimer(TimeProvider time, TimeProvider fallback, BrokerClock clock, WorkQueue work, ILogger logger, Action ring, Action setAgain)
    {
        _clock = clock;
        _work = work;
        _ringNow = () =>
        {
            ring();
            work.Exit();
        };
        _timer = new GuardedTimer(time, fallback, work, logger, ring, setAgain);
    }

    /// <summary>Sets the timer.</summary>
    /// <returns>Whether it is set. Otherwise it is set again by itself.</returns>
    public bool TrySet(long due)
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

    public void Dispose() => _timer.Dispose();
}
