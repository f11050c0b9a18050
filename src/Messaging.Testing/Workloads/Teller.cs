using Messaging.Testing.Histories;

namespace Messaging.Testing.Workloads;

/// <summary>Adds to a history, one event at a time, with the time that has passed: no setting of a clock, and no opening, changes that.</summary>
internal sealed class Teller(History history, TimeProvider time)
{
    // No time is zero, which means none.
    private const long Beginning = TimeSpan.TicksPerSecond;

    private readonly long _startedAt = time.GetTimestamp();

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly ClockSteps _steps = new();
    private long _latestDue;
    private readonly Queue<HistoryEvent> _untold = new();
    private bool _isTelling;

    /// <summary>Gets or sets who is told of each event, too: one after the other, in their order.</summary>
    public Action<HistoryEvent>? Told { get; set; }

    public long Now
    {
        get
        {
            lock (_gate)
            {
                return NowLocked;
            }
        }
    }

    /// <summary>Gets the latest time for which something was scheduled, or that there was; later by what comes again for a store that has not noted
    /// how the wall clock was set back.</summary>
    public long LatestDue
    {
        get
        {
            lock (_gate)
            {
                return _latestDue + _steps.Back;
            }
        }
    }

    private long NowLocked => Beginning + time.GetElapsedTime(_startedAt).Ticks;

    /// <summary>Tells of an event.</summary>
    /// <param name="happened">The event; its time is set.</param>
    /// <param name="life">Whose life it belongs to; nothing is told of one that is dead.</param>
    public void Tell(HistoryEvent happened, Life? life = null)
    {
        lock (_gate)
        {
            if (life is { IsDead: true })
            {
                return;
            }

            HistoryEvent told = happened with { Time = NowLocked };

            // What fails is due again soon after.
            _latestDue = Math.Max(_latestDue, told.Operation == HistoryOperation.SetClock ? told.Time : Math.Max(told.Due, told.Time));
            _steps.Add(told);
            history.Add(told);
            if (Told is not null)
            {
                _untold.Enqueue(told);
            }
        }

        TellOthers();
    }

    /// <summary>Tells those outside, without the lock: whoever is at it already tells what comes meanwhile, too.</summary>
    private void TellOthers()
    {
        while (true)
        {
            HistoryEvent? next;
            lock (_gate)
            {
                if (_isTelling || !_untold.TryDequeue(out next))
                {
                    return;
                }

                _isTelling = true;
            }

            try
            {
                Told?.Invoke(next);
            }
            finally
            {
                lock (_gate)
                {
                    _isTelling = false;
                }
            }
        }
    }
}
