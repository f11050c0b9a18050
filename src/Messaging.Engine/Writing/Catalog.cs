using Messaging.Bounds;
using Messaging.Logs;
using Messaging.Storage;

namespace Messaging.Writing;

/// <summary>The numbers of logs and subscriptions, and their declaration to the store.</summary>
internal sealed class Catalog(StoreWriter? writer, int lastId)
{
    private int _lastId = lastId;

    public StoreWriter? Writer => writer;

    public int NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>Gets a value indicating whether a log is stored: there is a store, and nobody asked for memory.</summary>
    public bool Stores(Durability? wanted) => writer is not null && wanted != Durability.Memory;

    /// <summary>Creates the bound of a log; <see langword="null"/> for one that nobody sends to.</summary>
    public static LogBound? BoundOf(StoreEntryKind kind, string name) => kind switch
    {
        StoreEntryKind.Queue => LogBound.OfQueue(name),
        StoreEntryKind.Topic => LogBound.OfTopic(name),
        _ => null,
    };

    /// <summary>Creates a new, empty log, and declares it if it is to be stored.</summary>
    /// <param name="kind">What it is for.</param>
    /// <param name="name">Its name.</param>
    /// <param name="wanted">The durability asked for; <see langword="null"/> for the most that the store offers.</param>
    /// <param name="owner">The subscription that it belongs to; 0 for none.</param>
    public MessageLog CreateLog(StoreEntryKind kind, string name, Durability? wanted, int owner)
    {
        bool stored = Stores(wanted);
        int id = NextId();
        if (stored)
        {
            _ = writer!.Declare(new StoreEntry(id, kind, name, Owner: owner), [], waits: false);
        }

        return new MessageLog(id, name, wanted ?? writer?.MaxDurability ?? Durability.Memory, stored, lastSequence: 0, bound: BoundOf(kind, name));
    }
}
