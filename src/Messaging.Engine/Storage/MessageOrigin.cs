namespace Messaging.Storage;

/// <summary>The store and the opening in which a message was sent: with log and sequence number they make its id.</summary>
internal readonly record struct MessageOrigin(uint StoreId, uint Epoch)
{
    private const int LogShift = 44;

    /// <summary>Gets the id that follows from a message's place.</summary>
    public MessageId IdOf(int log, long sequence) =>
        new(((ulong)StoreId << 32) | Epoch, ((ulong)log << LogShift) | (ulong)sequence);
}
