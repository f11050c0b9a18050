namespace Messaging.Testing.Running;

/// <summary>For how long no work was done. It goes on only from look to look, by one interval at most: a look that is late says that the whole process
/// had no time.</summary>
/// <param name="limit">How long nothing may happen.</param>
internal sealed class HangClock(TimeSpan limit)
{
    // A hang may begin right after a look: it ends within the limit and one interval more.
    private const int LooksPerLimit = 8;

    private long _seen = -1;
    private long _blockedAt = -1;
    private TimeSpan _changedAt;

    /// <summary>Gets the time from one look to the next.</summary>
    public TimeSpan Interval { get; } = TimeSpan.FromTicks((limit.Ticks + LooksPerLimit - 1) / LooksPerLimit);

    /// <summary>Gets the time it is, from zero.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Begins to watch what happens from now on.</summary>
    /// <param name="steps">How many pieces of work were done so far.</param>
    public void Begin(long steps)
    {
        _seen = steps;
        _changedAt = Now;
    }

    /// <summary>Goes on.</summary>
    /// <param name="passed">How long it was since the last look.</param>
    /// <param name="steps">How many pieces of work were done so far.</param>
    /// <param name="isBusy">Whether one is being done.</param>
    /// <param name="isHeldUp">Whether somebody looks at the process in a debugger, and takes the time that it takes.</param>
    public void GoOn(TimeSpan passed, long steps, bool isBusy, bool isHeldUp)
    {
        Now += passed < Interval ? passed : Interval;
        if (steps != _seen || isHeldUp)
        {
            _changedAt = Now;
        }

        _seen = steps;
        _blockedAt = isBusy && HasHung(_changedAt) ? steps : -1;
    }

    /// <summary>Tells whether nothing has happened for the limit since a time, and since the last piece of work.</summary>
    public bool HasHung(TimeSpan since) => Now - (since > _changedAt ? since : _changedAt) >= limit;

    /// <summary>Tells whether the last look found that a piece of work does not end.</summary>
    /// <param name="steps">The number of that piece.</param>
    public bool IsBlockedAt(long steps) => _blockedAt == steps;
}
