namespace Messaging.Testing.Running;

/// <summary>A wait that may have to be ended.</summary>
internal abstract class WatchedWait(bool needsRest, long steps)
{
    /// <summary>Gets a value indicating whether it is a wait for rest. Any other one is in vain only while the one thread of all is blocked.</summary>
    public bool NeedsRest => needsRest;

    /// <summary>Gets how many pieces of work had been done when it began.</summary>
    public long Steps => steps;

    /// <summary>Gets or sets when it was seen first, on the watchdog's own clock.</summary>
    public TimeSpan? SeenAt { get; set; }

    /// <summary>Gets or sets who is told when it ends or fails, before whoever waits is.</summary>
    public Action<WatchedWait>? Ended { get; set; }

    /// <summary>Ends it, if it has not ended.</summary>
    public abstract void Fail(Exception exception);
}
