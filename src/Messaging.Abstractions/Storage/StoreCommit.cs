namespace Messaging.Storage;

/// <summary>A set of changes that a store makes whole or not at all. The object is reused from commit to commit.</summary>
public sealed class StoreCommit
{
    /// <summary>Gets or sets what the commit must survive.</summary>
    public Durability Durability { get; set; }

    /// <summary>Gets or sets a value indicating whether this is the last commit of an orderly stop.</summary>
    public bool Closing { get; set; }

    /// <summary>Gets the new logs and subscriptions.</summary>
    public List<StoreEntry> Declared { get; } = [];

    /// <summary>Gets the numbers of the logs and subscriptions that go, with all their records and cursors.</summary>
    public List<int> Removed { get; } = [];

    /// <summary>Gets the new records; within a log their sequence numbers ascend by one.</summary>
    public List<StoreAppend> Appends { get; } = [];

    /// <summary>Gets the cursors to write, each replacing the one of the same subscription and log.</summary>
    public List<StoreCursor> Cursors { get; } = [];

    /// <summary>Gets the trims: the records in their ranges are needed no more, and may be deleted now or later.</summary>
    public List<StoreTrim> Trims { get; } = [];

    /// <summary>Gets the new scheduled records.</summary>
    public List<ScheduledRecord> Scheduled { get; } = [];

    /// <summary>Gets the ids of the scheduled records that go.</summary>
    public List<MessageId> Unscheduled { get; } = [];

    /// <summary>Gets the ids to remember, each replacing the one of its ordinal.</summary>
    public List<StoreMessageId> MessageIds { get; } = [];

    /// <summary>Gets the ordinals of remembered ids that are forgotten, since what was sent under them never came.</summary>
    public List<long> Forgotten { get; } = [];

    /// <summary>Gets or sets the ordinal below which remembered ids are forgotten; 0 forgets none.</summary>
    public long ForgetBelow { get; set; }

    /// <summary>Gets a value indicating whether there is nothing to store.</summary>
    public bool IsEmpty =>
        !Closing && ForgetBelow == 0 && Appends.Count == 0 && Cursors.Count == 0 && Trims.Count == 0 && Declared.Count == 0
        && Removed.Count == 0 && Scheduled.Count == 0 && Unscheduled.Count == 0 && MessageIds.Count == 0
        && Forgotten.Count == 0;

    /// <summary>Empties the commit for the next use.</summary>
    public void Clear()
    {
        Durability = Durability.Memory;
        Closing = false;
        ForgetBelow = 0;
        Declared.Clear();
        Removed.Clear();
        Appends.Clear();
        Cursors.Clear();
        Trims.Clear();
        Scheduled.Clear();
        Unscheduled.Clear();
        MessageIds.Clear();
        Forgotten.Clear();
    }
}
