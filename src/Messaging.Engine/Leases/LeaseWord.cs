namespace Messaging.Leases;

/// <summary>Who has the message of a lease's slot: a state, and the generation that makes an old number of the slot stale.</summary>
/// <remarks>Offering, linking and freeing happen under the subscription's lock. Granting and acknowledging do not: a grant is
/// made by the one who read the number from the buffer, and an ack is a compare-and-swap. Both are full fences, so that whoever
/// changes the word and then looks for a flag, and whoever sets the flag and then looks at the word, cannot miss each other.</remarks>
internal struct LeaseWord
{
    private const int StateBits = 2;
    private const long StateMask = (1 << StateBits) - 1;

    private long _value;

    /// <summary>Gets the generation of the message in the slot; 0 for none.</summary>
    public readonly long Generation => Volatile.Read(in _value) >> StateBits;

    public readonly LeaseState State => (LeaseState)(Volatile.Read(in _value) & StateMask);

    /// <summary>Shows a message to the consumers. Called under the lock.</summary>
    public void Offer(long generation) => Volatile.Write(ref _value, (generation << StateBits) | (long)LeaseState.Offered);

    /// <summary>Empties the slot. Called under the lock.</summary>
    public void Free() => Volatile.Write(ref _value, 0);

    /// <summary>Gives the message to whoever has read its number, after all else in the slot is written.</summary>
    public void Grant() => Interlocked.Exchange(ref _value, (_value & ~StateMask) | (long)LeaseState.Leased);

    /// <summary>Acknowledges a leased message that nobody has linked yet.</summary>
    public bool TryAck(long generation) => TryChange(generation, LeaseState.Acked);

    /// <summary>Notes that a lease is among those in the order of their deadlines; from now on it is settled under the lock. Called under it.</summary>
    public bool TryLink(long generation) => TryChange(generation, LeaseState.Linked);

    /// <summary>Tells whether a lease of a generation is linked. Called under the lock.</summary>
    public bool IsLinked(long generation) => _value == ((generation << StateBits) | (long)LeaseState.Linked);

    private bool TryChange(long generation, LeaseState state)
    {
        long leased = (generation << StateBits) | (long)LeaseState.Leased;
        return Interlocked.CompareExchange(ref _value, (leased & ~StateMask) | (long)state, leased) == leased;
    }
}
