using System.Runtime.InteropServices;
using Messaging.Logs;
using Messaging.Schedules;
using Messaging.Storage;

namespace Messaging.Groups;

/// <summary>What waits for one commit: the work of many callers. It is used again after its commit.</summary>
/// <remarks>Filled under the writer's lock, then owned by the writer's thread until it is reset.</remarks>
internal sealed class CommitGroup
{
    // A group that once held more than this lets its memory go.
    private const int KeptItems = 16_384;

    private readonly List<PendingAppend> _appends = [];

    /// <summary>Gets what the store is to change. Callers add what is known then; the rest follows from the group when it is composed.</summary>
    public StoreCommit Commit { get; } = new();

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

    /// <summary>Readers that start at the ends of their logs with this commit.</summary>
    public List<StoredReader> Attached { get; } = [];

    /// <summary>Readers that leave their logs with this commit.</summary>
    public List<StoredReader> Detached { get; } = [];

    /// <summary>Gets or sets the scheduled messages of which those that are due enter their logs with this commit; <see langword="null"/> for none.</summary>
    public DueMessages? Due { get; set; }

    /// <summary>Gets or sets the index of the first record that was due. All that follow it were due too.</summary>
    public int FirstDue { get; set; }

    public bool HasWork { get; set; }

    /// <summary>Gets a value indicating whether a refusal of the commit can be undone: there are only new messages and states in it.</summary>
    public bool CanBeRefused =>
        !Commit.Closing && Moves.Count == 0 && Trimmed.Count == 0 && Attached.Count == 0 && Commit.Declared.Count == 0 && Commit.Removed.Count == 0
        && Due is null && Commit.Unscheduled.Count == 0;

    public int Add(in PendingAppend append)
    {
        _appends.Add(append);
        Bytes += append.Record.Size;
        return _appends.Count - 1;
    }

    public void Add(in ScheduledRecord record)
    {
        Commit.Scheduled.Add(record);
        Bytes += record.Payload.Length;
    }

    /// <summary>Empties the group for its next use.</summary>
    public void Reset()
    {
        _appends.Clear();
        if (_appends.Capacity > KeptItems)
        {
            _appends.Capacity = 0;
        }

        Commit.Clear();
        if (Commit.Appends.Capacity > KeptItems)
        {
            Commit.Appends.Capacity = 0;
        }

        if (Commit.MessageIds.Capacity > KeptItems)
        {
            Commit.MessageIds.Capacity = 0;
        }

        Bytes = 0;
        Callers.Clear();
        Dirty.Clear();
        Moves.Clear();
        Trimmed.Clear();
        Attached.Clear();
        Detached.Clear();
        Due = null;
        FirstDue = 0;
        HasWork = false;
    }
}
