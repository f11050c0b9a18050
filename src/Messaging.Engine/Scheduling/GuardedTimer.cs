using System.Diagnostics.CodeAnalysis;
using Messaging.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Messaging.Scheduling;

/// <summary>The timer of a <see cref="TimeProvider"/> of somebody else's, which may throw: what could not be set is set again.</summary>
/// <remarks>The first failure in a row is tried again at once, as a piece of work; the next ones each second by the fallback's clock,
/// since the provider's cannot be relied on. One caller at a time sets it, without a lock.</remarks>
internal sealed class GuardedTimer : IDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private readonly WorkQueue _work;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TimeProvider _fallback;
    private readonly ITimer _timer;
    private readonly Action _setAgain;

    // Used by whoever sets it.
    private ITimer? _retry;
    private int _failures;
    private volatile bool _disposed;

    /// <summary>Creates a timer that is not set.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="fallback">The clock of the retries, which does not throw.</param>
    /// <param name="work">Where a failure is logged and tried again.</param>
    /// <param name="logger">The log.</param>
    /// <param name="ring">What is called when the time has come.</param>
    /// <param name="setAgain">What sets the timer again after a failure.</param>
    /// <exception cref="Exception">The clock gives no timer.</exception>
    public GuardedTimer(TimeProvider time, TimeProvider fallback, WorkQueue work, ILogger logger, Action ring, Action setAgain)
    {
        _time = time;
        _fallback = fallback;
        _work = work;
        _logger = logger;
        _setAgain = setAgain;
        _timer = Create(time, ring);
    }

    /// <summary>Sets the timer.</summary>
    /// <param name="wait">The time from now, at most 40 days.</param>
    /// <returns>Whether it is set. Otherwise it is set again by itself.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a clock throws, the timer is set again.")]
    public bool TrySet(TimeSpan wait)
    {
        try
        {
            if (!_timer.Change(wait, Timeout.InfiniteTimeSpan))
            {
                throw new InvalidOperationException("ITimer.Change returned false.");
            }

            _failures = 0;
            return true;
        }
        catch (Exception exception)
        {
            SetLater(exception);
            return false;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "A timer that cannot be ended rings once more, and nothing is due then.")]
    public void Dispose()
    {
        _disposed = true;
        _retry?.Dispose();
        try
        {
            _timer.Dispose();
        }
        catch (Exception exception)
        {
            LogLater(exception, static () => { });
        }
    }

    private static ITimer Create(TimeProvider time, Action ring)
    {
        // A timer keeps the context that it was created in, and rings in it: nothing of whoever opens the broker, or sets an alarm.
        ITimer? timer = CleanContext.Get(() => time.CreateTimer(
            static state => ((Action)state!)(), ring, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        return timer ?? throw new InvalidOperationException($"The TimeProvider {TypeName.Of(time.GetType())} gave no timer.");
    }

    private void SetLater(Exception exception)
    {
        if (_disposed)
        {
            return;
        }

        if (++_failures == 1)
        {
            LogLater(exception, _setAgain);
            return;
        }

        _retry ??= Create(_fallback, _setAgain);
        _retry.Change(_pause, Timeout.InfiniteTimeSpan);
    }

    private void LogLater(Exception exception, Action then) => _work.RunCounted(() =>
    {
        then();
        EngineLog.TimerFailed(_logger, exception, TypeName.Of(_time.GetType()));
    });
}
