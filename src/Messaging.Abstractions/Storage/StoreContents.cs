namespace Messaging.Storage;

/// <summary>What a store holds at its opening, without the records.</summary>
public sealed record StoreContents
{
    /// <summary>Gets the number of this opening, greater than every earlier one's, from 1.</summary>
    public required uint Epoch { get; init; }

    /// <summary>Gets a number of the store's own, drawn at its creation.</summary>
    public required uint StoreId { get; init; }

    /// <summary>Gets a value indicating whether the last commit was a <see cref="StoreCommit.Closing"/> one, or the store is new.</summary>
    public required bool ClosedCleanly { get; init; }

    /// <summary>Gets the logs and subscriptions.</summary>
    public required IReadOnlyList<StoreEntry> Entries { get; init; }

    /// <summary>Gets, for each log that holds records, the sequence number of its last one, or of a later one that was trimmed.</summary>
    public required IReadOnlyDictionary<int, long> LastSequences { get; init; }

    /// <summary>Gets, for logs that hold records, the mean size of some of the newest payloads, as far as the store knows it
    /// without reading them. It serves to estimate the size of a backlog.</summary>
    public IReadOnlyDictionary<int, long> MeanRecordBytes { get; init; } = new Dictionary<int, long>();

    /// <summary>Gets the cursors.</summary>
    public required IReadOnlyList<StoreCursor> Cursors { get; init; }

    /// <summary>Gets the scheduled records, without their payloads.</summary>
    public required IReadOnlyList<ScheduledRecord> Scheduled { get; init; }

    /// <summary>Gets the remembered ids, in the order of their ordinals.</summary>
    public required IReadOnlyList<StoreMessageId> MessageIds { get; init; }

    /// <summary>Gets the damage that was found and is passed over; what it affects is not among the rest.</summary>
    /// <value>The default value is empty.</value>
    public IReadOnlyList<StoreDamage> Damage { get; init; } = [];

    /// <summary>Gets a value indicating whether cursors may be missing because they were damaged, rather than because none was written.</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool LostCursors { get; init; }
}
