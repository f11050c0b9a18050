using System.Runtime.InteropServices;
using Messaging.Logs;
using Messaging.Storage;

namespace Messaging.Writing;

/// <summary>What waits for one commit: the work of many callers. It is used again after its commit.</summary>
/// <remarks>Filled under the writer's lock, then owned by the writer's thread until it is reset.</remarks>
internal sealed class CommitGroup
{
    // A group that once held more than this lets its memory go.
    private const int KeptItems = 16_384;

    private readonly List<PendingAppend> _appends = [];
    private readonly List<IPendingCall> _calls = [];

    // From then on the calls may serve other callers.
    private bool _isAnswered;

    // Made when somebody asks for a task.
    private TaskCompletionSource? _completion;

    /// <summary>Gets a task of the commit. Its continuations run elsewhere: user code never runs on the writer's thread.</summary>
    public Task Completion => (_completion ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public Span<PendingAppend> Appends => CollectionsMarshal.AsSpan(_appends);

    public int AppendCount => _appends.Count;

    /// <summary>Gets the bytes of the records and of the scheduled ones.</summary>
    public long Bytes { get; private set; }

    /// <summary>Readers whose state is written with the commit.</summary>
    public List<StoredReader> Dirty { get; } = [];

    /// <summary>Messages that leave a log for another one in this commit.</summary>
    public List<(StoredReader From, long Sequence)> Moves { get; } = [];

    /// <summary>Readers that start at the ends of their logs with this commit.</summary>
    public List<StoredReader> Attached { get; } = [];

    /// <summary>Readers that leave their logs with this commit.</summary>
    public List<StoredReader> Detached { get; } = [];

    public List<StoreEntry> Declared { get; } = [];

    public List<int> Removed { get; } = [];

    public List<MessageLog> Trimmed { get; } = [];

    public List<ScheduledRecord> Scheduled { get; } = [];

    public List<StoreMessageId> Remembered { get; } = [];

    public List<MessageId> Unscheduled { get; } = [];

    /// <summary>The places of remembered ids that are forgotten.</summary>
    public List<long> Forgotten { get; } = [];

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
        Bytes += append.Record.Size;
        return _appends.Count - 1;
    }

    public void Add(in ScheduledRecord record)
    {
        Scheduled.Add(record);
        Bytes += record.Payload.Length;
    }

    /// <summary>Adds a caller to be told of the commit.</summary>
    public void Add(IPendingCall call) => _calls.Add(call);

    public void Raise(Durability durability) => Durability = durability > Durability ? durability : Durability;

    /// <summary>Confirms the commit to all who wait.</summary>
    public void Complete()
    {
        _isAnswered = true;
        foreach (IPendingCall call in _calls)
        {
            call.Succeed(this);
        }

        _completion?.TrySetResult();
    }

    /// <summary>Fails all who wait, unless the commit was confirmed to them.</summary>
    public void Fail(Exception exception)
    {
        if (_isAnswered)
        {
            return;
        }

        _isAnswered = true;
        foreach (ref PendingAppend append in Appends)
        {
            append.Log.GiveBack(append.Ticket, 1, append.Record.Size);
        }

        foreach (IPendingCall call in _calls)
        {
            call.Fail(this, exception);
        }

        if (_completion is { } completion)
        {
            completion.TrySetException(exception);
            // Acks that nobody waits for must not end as unobserved exceptions.
            _ = completion.Task.Exception;
        }
    }

    /// <summary>Empties the group for its next use.</summary>
    public void Reset()
    {
        _appends.Clear();
        _calls.Clear();
        if (_appends.Capacity > KeptItems)
        {
            _appends.Capacity = 0;
            _calls.Capacity = 0;
        }

        _completion = null;
        Bytes = 0;
        Dirty.Clear();
        Moves.Clear();
        Attached.Clear();
        Detached.Clear();
        Declared.Clear();
        Removed.Clear();
        Trimmed.Clear();
        Scheduled.Clear();
        Remembered.Clear();
        Unscheduled.Clear();
        Forgotten.Clear();
        Due = null;
        Waiting = 0;
        Durability = Durability.Memory;
        HasWork = false;
        Closing = false;
        _isAnswered = false;
    }
}
