namespace Messaging.Storage;

/// <summary>The numbers of logs and subscriptions, and their declaration to the store.</summary>
internal sealed class Catalog(StoreWriter? writer, int lastId)
{
    private int _lastId = lastId;

    public StoreWriter? Writer => writer;

    public int NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>Creates a new, empty log, and declares it if it is to be stored.</summary>
    public MessageLog CreateLog(StoreEntryKind kind, string name, string destination, Durability durability, int owner)
    {
        bool stored = writer is not null && durability != Durability.Memory;
        int id = NextId();
        if (stored)
        {
            _ = writer!.Declare(new StoreEntry(id, kind, name, Owner: owner), [], waits: false);
        }

        return new MessageLog(id, destination, durability, stored ? writer : null, lastSequence: 0);
    }
}
