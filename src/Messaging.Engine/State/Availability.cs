namespace Messaging.State;

/// <summary>Whether a subscription hands anything over: paused, closed for good, or ended by its store. Guarded by the subscription but where it says otherwise.</summary>
internal sealed class Availability
{
    private bool _isClosed;
    private StoreException? _failure;

    public bool IsPaused { get; set; }

    /// <summary>Gets or sets a value indicating whether deliveries have ended for good. Read by anyone.</summary>
    public bool IsClosed
    {
        get => Volatile.Read(ref _isClosed);
        set => Volatile.Write(ref _isClosed, value);
    }

    /// <summary>Gets or sets the failure of the store that has ended deliveries. Read by anyone.</summary>
    public StoreException? Failure
    {
        get => Volatile.Read(ref _failure);
        set => Volatile.Write(ref _failure, value);
    }

    /// <summary>Gets a value indicating whether deliveries have ended, for good or until the broker is opened again.</summary>
    public bool HasEnded => IsClosed || Failure is not null;
}
