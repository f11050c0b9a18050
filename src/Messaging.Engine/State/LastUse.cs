namespace Messaging.State;

/// <summary>When a subscription was used last, and what the store knows of it. Guarded by the subscription.</summary>
/// <param name="created">When it was created.</param>
internal sealed class LastUse(long created)
{
    private long _stored;
    private bool _isRecovered;

    /// <summary>Gets or sets the time of the last use, in ticks of the broker's clock.</summary>
    public long At { get; set; } = created;

    /// <summary>Gets a value indicating whether the store should be told at an orderly stop.</summary>
    public bool IsWorthStoring => At - _stored >= TimeSpan.TicksPerMillisecond;

    /// <summary>Notes that a lease was granted.</summary>
    /// <param name="granted">When, by its deadline: a long lease counts from a time that may be a little ahead.</param>
    /// <param name="now">The time.</param>
    public void NoteGrant(long granted, long now) => At = Math.Max(At, Math.Min(granted, now));

    /// <summary>Notes that the time is about to be stored.</summary>
    public void NoteStored() => _stored = At;

    /// <summary>Takes over when the subscription was used before it was opened again.</summary>
    public void Recover(long activity)
    {
        if (activity > 0)
        {
            _stored = At = _isRecovered ? Math.Max(At, activity) : activity;
            _isRecovered = true;
        }
    }
}
