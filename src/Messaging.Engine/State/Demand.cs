namespace Messaging.State;

/// <summary>The four flags by which consumers, senders and those who settle find each other without the subscription's lock.</summary>
/// <remarks>All are written under the lock. Whoever parks sets <see cref="IsHungry"/>, passes a fence and then looks whether there is something new; a
/// sender appends, passes a fence and then asks whether anybody is hungry. One of the two sees the other. Takes and acks are fences too, and stand to
/// narrow and full as sends do to hungry.</remarks>
internal sealed class Demand
{
    // Guarded by the subscription.
    private bool _isParked;
    private bool _isAsked;
    private bool _settlesSoon;

    private bool _isHungry;
    private bool _isFull;
    private bool _isStopped;

    /// <summary>Gets a value indicating whether a consumer may be parked that found nothing. By anyone.</summary>
    public bool IsHungry => Volatile.Read(ref _isHungry);

    /// <summary>Gets a value indicating whether new messages are held back because the exceptions of a cursor are as many as they may be. By anyone.</summary>
    public bool IsFull => Volatile.Read(ref _isFull);

    /// <summary>Gets or sets a value indicating whether nothing is handed over. Read by anyone.</summary>
    public bool IsStopped
    {
        get => Volatile.Read(ref _isStopped);
        set => Volatile.Write(ref _isStopped, value);
    }

    /// <summary>Notes that a consumer is about to wait. <see cref="Serve"/> follows.</summary>
    public void Park() => _isParked = true;

    /// <summary>Notes that a cursor may take nothing new until more is settled.</summary>
    public void NoteFull() => Volatile.Write(ref _isFull, true);

    /// <summary>Has the supply asked when the decision ends.</summary>
    public void Ask() => _isAsked = true;

    /// <summary>Ends a decision: if anybody has asked, the supply offers what it can.</summary>
    /// <returns>Whether acks must be settled soon: settling tells others, so it is not done under the lock.</returns>
    public bool End(ISupply supply)
    {
        if (_isAsked)
        {
            Serve(supply);
        }

        bool settlesSoon = _settlesSoon;
        _settlesSoon = false;
        return settlesSoon;
    }

    /// <summary>Has the supply offer what it can, and wakes those who wait for it.</summary>
    public void Serve(ISupply supply)
    {
        _isAsked = false;
        if (_isStopped)
        {
            Volatile.Write(ref _isHungry, false);
            return;
        }

        if (_isFull)
        {
            Volatile.Write(ref _isFull, false);
        }

        do
        {
            if (supply.TryFill() && _isParked)
            {
                supply.Wake();
                _isParked = false;
            }

            if (_isHungry != _isParked)
            {
                // Senders read it for each message: what stays the same is not written, so that it stays in their cache.
                Volatile.Write(ref _isHungry, _isParked);
            }

            if (!_isParked)
            {
                break;
            }

            // Hungry first, then a last look: a sender appends first and then asks. One of the two sees the other.
            Interlocked.MemoryBarrier();
        }
        while (supply.HasRoom && supply.HasFresh());

        // The same race with takes and acks.
        bool isNarrow = _isParked && !supply.HasRoom;
        if (isNarrow || _isFull)
        {
            Interlocked.MemoryBarrier();
            _settlesSoon |= (isNarrow && supply.HasTaken()) || (_isFull && supply.HasAcked());
        }
    }
}
