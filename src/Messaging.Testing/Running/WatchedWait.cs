namespace Messaging.Testing.Running;

/// <summary>A wait that may have to be ended.</summary>
internal sealed class WatchedWait(Action<Exception> fail, bool needsRest, long steps)
{
    public bool NeedsRest => needsRest;

    /// <summary>Gets how many pieces of work had been done when it began.</summary>
    public long Steps => steps;

    /// <summary>Gets or sets when it was seen first, on the watchdog's own clock.</summary>
    public TimeSpan? SeenAt { get; set; }

    public void Fail(Exception exception) => fail(exception);
}
