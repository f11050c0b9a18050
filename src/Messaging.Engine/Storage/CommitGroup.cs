using System.Runtime.InteropServices;

namespace Messaging.Storage;

/// <summary>What waits for one commit: the work of many callers, confirmed by one completion.</summary>
/// <remarks>Filled under the writer's lock, then owned by the writer's thread; after completion only read.</remarks>
internal sealed class CommitGroup(int expectedAppends)
{
    // The continuations run elsewhere: user code never runs on the writer's thread.
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PendingAppend> _appends = new(expectedAppends);

    public Task Completion => _completion.Task;

    public Span<PendingAppend> Appends => CollectionsMarshal.AsSpan(_appends);

    public int AppendCount => _appends.Count;

    /// <summary>Readers whose state is written with the commit.</summary>
    public List<ILogReader> Dirty { get; } = [];

    /// <summary>Messages that leave a log for another one in this commit.</summary>
    public List<(ILogReader From, long Sequence)> Moves { get; } = [];

    /// <summary>Readers that start at the ends of their logs with this commit.</summary>
    public List<ILogReader> Attached { get; } = [];

    public List<StoreEntry> Declared { get; } = [];

    public List<int> Removed { get; } = [];

    public List<MessageLog> Trimmed { get; } = [];

    public List<ScheduledRecord> Scheduled { get; } = [];

    public List<StoreMessageId> Remembered { get; } = [];

    public List<MessageId> Unscheduled { get; } = [];

    /// <summary>What looks for due messages when the commit is made; <see langword="null"/> for none.</summary>
    public IDueSource? Due { get; set; }

    /// <summary>Gets or sets the number of callers that wait for the commit.</summary>
    public int Waiting { get; set; }

    /// <summary>Gets or sets what the commit must survive.</summary>
    public Durability Durability { get; set; }

    public bool HasWork { get; set; }

    public bool Closing { get; set; }

    /// <summary>Gets a value indicating whether a refusal of the commit can be undone: there are only new messages and states in it.</summary>
    public bool CanBeRefused =>
        !Closing && Due is null && Moves.Count == 0 && Attached.Count == 0 && Declared.Count == 0 && Removed.Count == 0
        && Trimmed.Count == 0 && Unscheduled.Count == 0;

    public int Add(in PendingAppend append)
    {
        _appends.Add(append);
        return _appends.Count - 1;
    }

    public void Raise(Durability durability) => Durability = durability > Durability ? durability : Durability;

    public void Complete() => _completion.TrySetResult();

    public void Fail(Exception exception)
    {
        _completion.TrySetException(exception);
        // Acks that nobody waits for must not end as unobserved exceptions.
        _ = _completion.Task.Exception;
    }
}
