namespace Messaging.Records;

/// <summary>The store and the opening in which a message was sent: with log and sequence number they make its id.</summary>
internal readonly record struct MessageOrigin(uint StoreId, uint Epoch)
{
    private const int LogShift = 44;

    private ulong High => ((ulong)StoreId << 32) | Epoch;

    /// <summary>Gets the id that follows from a message's place.</summary>
    public MessageId IdOf(int log, long sequence) =>
        new(High, ((ulong)log << LogShift) | (ulong)sequence);

    /// <summary>Gets the sequence number from an id that followed from a place in a log; 0 for another id.</summary>
    public long SequenceOf(MessageId id, int log) =>
        id.High == High && id.Low >> LogShift == (ulong)log ? (long)(id.Low & ((1UL << LogShift) - 1)) : 0;
}
