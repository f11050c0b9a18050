using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logging;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Writing;

namespace Messaging.Context;

/// <summary>What all parts of one broker share.</summary>
internal sealed class BrokerContext
{
    private const int LooseLog = 0xFFFFF;

    private long _looseIds;
    private bool _closed;

    public required BrokerOptions Options { get; init; }

    public required BrokerClock Clock { get; init; }

    public required Scheduler Scheduler { get; init; }

    public required WorkQueue Work { get; init; }

    /// <summary>Gets who is told of each delivery; there is none outside of tests.</summary>
    public DeliveryObserver? Observer { get; init; }

    public required Catalog Catalog { get; init; }

    /// <summary>Gets the version by which several counts are read at one moment.</summary>
    public CountVersion Counts { get; init; } = new();

    /// <summary>Gets the door to the user's logger.</summary>
    public required LogQueue Logger { get; init; }

    public required uint Epoch { get; init; }

    public required uint StoreId { get; init; }

    public StoreWriter? Writer => Catalog.Writer;

    /// <summary>Gets what commits the changes of a log; <see langword="null"/> for a log that lives in memory.</summary>
    public StoreWriter? WriterOf(MessageLog log) => log.IsStored ? Writer : null;

    /// <summary>Has the state of a reader written with a commit that nobody waits for, unless that is due anyway.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="durability">What the commit must survive.</param>
    public void MarkLazily(StoredReader reader, Durability durability)
    {
        if (reader.Log.IsStored && Writer is { } writer && !reader.IsMarked(durability) && writer.Failure is null)
        {
            try
            {
                writer.MarkLazily(reader, durability);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or StoreException)
            {
                // The writer has stopped meanwhile; whoever waits for it is told.
            }
        }
    }

    /// <summary>Gets what the store offers at most.</summary>
    public Durability MaxDurability => Writer?.MaxDurability ?? Durability.Memory;

    /// <summary>Refuses what the application asks for from now on.</summary>
    public void Close() => Volatile.Write(ref _closed, true);

    /// <exception cref="ObjectDisposedException">The broker was disposed.</exception>
    public void ThrowIfClosed() => BrokerClosed.ThrowIf(Volatile.Read(ref _closed));

    /// <summary>Gets the id that follows from a message's place: store and epoch, log and sequence number.</summary>
    public MessageId IdOf(uint epoch, int log, long sequence) => new MessageOrigin(StoreId, epoch).IdOf(log, sequence);

    /// <summary>Gets the sequence number from an id that followed from a place in this opening; 0 for another id.</summary>
    public long SequenceOf(MessageId id, int log) => new MessageOrigin(StoreId, Epoch).SequenceOf(id, log);

    /// <summary>Gets an id for a message that has no place yet.</summary>
    public MessageId NextLooseId() => IdOf(Epoch, LooseLog, Interlocked.Increment(ref _looseIds));
}
