using System.Runtime.InteropServices;
using Messaging.Logs;
using Messaging.Storage;

namespace Messaging.Groups;

/// <summary>What waits for one commit: the work of many callers. It is used again after its commit.</summary>
/// <remarks>Filled under the writer's lock, then owned by the writer's thread until it is reset.</remarks>
internal sealed class CommitGroup
{
    // A group that once held more than this lets its memory go.
    private const int KeptItems = 16_384;

    private readonly List<PendingAppend> _appends = [];

    public Span<PendingAppend> Appends => CollectionsMarshal.AsSpan(_appends);

    public int AppendCount => _appends.Count;

    /// <summary>Gets the bytes of the records and of the scheduled ones.</summary>
    public long Bytes { get; private set; }

    /// <summary>Gets those who hear of the commit.</summary>
    public GroupCallers Callers { get; } = new();

    /// <summary>Readers whose state is written with the commit.</summary>
    public List<StoredReader> Dirty { get; } = [];

    /// <summary>Messages that leave a log for another one in this commit.</summary>
    public List<(StoredReader From, long Sequence)> Moves { get; } = [];

    public List<MessageLog> Trimmed { get; } = [];

    public CatalogChanges Catalog { get; } = new();

    public ScheduleChanges Schedule { get; } = new();

    /// <summary>Gets or sets the number of callers that wait for the commit.</summary>
    public int Waiting { get; set; }

    /// <summary>Gets or sets what the commit must survive.</summary>
    public Durability Durability { get; set; }

    public bool HasWork { get; set; }

    public bool Closing { get; set; }

    /// <summary>Gets a value indicating whether a refusal of the commit can be undone: there are only new messages and states in it.</summary>
    public bool CanBeRefused => !Closing && Moves.Count == 0 && Trimmed.Count == 0 && Catalog.IsEmpty && Schedule.KeepsAll;

    public int Add(in PendingAppend append)
    {
        _appends.Add(append);
        Bytes += append.Record.Size;
        return _appends.Count - 1;
    }

    public void Add(in ScheduledRecord record)
    {
        Schedule.Scheduled.Add(record);
        Bytes += record.Payload.Length;
    }

    public void Raise(Durability durability) => Durability = durability > Durability ? durability : Durability;

    /// <summary>Empties the group for its next use.</summary>
    public void Reset()
    {
        _appends.Clear();
        if (_appends.Capacity > KeptItems)
        {
            _appends.Capacity = 0;
        }

        Bytes = 0;
        Callers.Clear();
        Dirty.Clear();
        Moves.Clear();
        Trimmed.Clear();
        Catalog.Clear();
        Schedule.Clear();
        Waiting = 0;
        Durability = Durability.Memory;
        HasWork = false;
        Closing = false;
    }
}
