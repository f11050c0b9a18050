namespace Messaging.State;

/// <summary>What a subscription has counted since it was opened. Guarded by the subscription but where it says otherwise.</summary>
internal sealed class Counters
{
    private long _heldForRoom;
    private long _leasesLost;

    public long Acked { get; set; }

    public long Dropped { get; set; }

    public long Damaged { get; set; }

    /// <summary>Gets or sets how often a consumer waited beside new messages that were held back.</summary>
    public long HeldBack { get; set; }

    /// <summary>Counts a message that is kept because the dead-letter queue is full. By anyone.</summary>
    /// <returns>How many there were.</returns>
    public long CountHeldForRoom() => Interlocked.Increment(ref _heldForRoom);

    /// <summary>Counts a lease that ended before its message was settled. By anyone.</summary>
    /// <returns>How many there were.</returns>
    public long CountLeaseLost() => Interlocked.Increment(ref _leasesLost);
}
