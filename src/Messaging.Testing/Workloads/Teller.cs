using Messaging.Testing.Histories;

namespace Messaging.Testing.Workloads;

/// <summary>Adds to a history, one event at a time, with the time on the broker's clock.</summary>
internal sealed class Teller(History history, TimeProvider time)
{
    // The wall clock may be set back by days, and no time may become zero or less.
    private static readonly long _margin = TimeSpan.FromDays(10).Ticks;

    private readonly long _origin = time.GetUtcNow().UtcTicks - _margin;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private long _anchor = _margin;
    private long _anchoredAt = time.GetTimestamp();
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

    /// <summary>Gets the latest time that there was, or for which something was scheduled.</summary>
    public long LatestDue
    {
        get
        {
            lock (_gate)
            {
                return _latestDue;
            }
        }
    }

    private long NowLocked => _anchor + time.GetElapsedTime(_anchoredAt).Ticks;

    /// <summary>Sets the clock as a broker does that is opened: it begins at the wall clock, and then follows the monotonic one.</summary>
    public void Anchor()
    {
        lock (_gate)
        {
            _anchor = time.GetUtcNow().UtcTicks - _origin;
            _anchoredAt = time.GetTimestamp();
        }
    }

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

            // What fails is due again soon after; when the clock is set back then, that is late.
            _latestDue = Math.Max(_latestDue, Math.Max(told.Due, told.Time));
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
