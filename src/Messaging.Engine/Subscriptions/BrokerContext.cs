using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Writing;

namespace Messaging.Subscriptions;

/// <summary>What all parts of one broker share.</summary>
internal sealed class BrokerContext
{
    private const int LooseLog = 0xFFFFF;

    private long _looseIds;

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

    /// <summary>Gets what the store offers at most.</summary>
    public Durability MaxDurability => Writer?.MaxDurability ?? Durability.Memory;

    /// <summary>Gets the id that follows from a message's place: store and epoch, log and sequence number.</summary>
    public MessageId IdOf(uint epoch, int log, long sequence) => new MessageOrigin(StoreId, epoch).IdOf(log, sequence);

    /// <summary>Gets the sequence number from an id that followed from a place in this opening; 0 for another id.</summary>
    public long SequenceOf(MessageId id, int log) => new MessageOrigin(StoreId, Epoch).SequenceOf(id, log);

    /// <summary>Gets an id for a message that has no place yet.</summary>
    public MessageId NextLooseId() => IdOf(Epoch, LooseLog, Interlocked.Increment(ref _looseIds));
}
