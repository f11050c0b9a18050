using Messaging.Calls;
using Messaging.Logs;

namespace Messaging.Groups;

/// <summary>The callers that wait for one commit. They are answered once.</summary>
/// <remarks>Filled under the writer's lock, then owned by the writer's thread until it is emptied.</remarks>
internal sealed class GroupCallers
{
    // Callers that once were more than this let their memory go.
    private const int KeptItems = 16_384;

    private readonly List<IPendingCall> _calls = [];

    // From then on the calls may serve other callers.
    private bool _isAnswered;

    // Made when somebody asks for a task.
    private TaskCompletionSource? _completion;

    /// <summary>Gets or sets the number of callers that wait for the commit.</summary>
    public int Waiting { get; set; }

    /// <summary>Gets a task of the commit. Its continuations run elsewhere: user code never runs on the writer's thread.</summary>
    public Task Completion => (_completion ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Adds a caller to be told of the commit.</summary>
    public void Add(IPendingCall call) => _calls.Add(call);

    /// <summary>Confirms the commit to all who wait.</summary>
    /// <param name="appends">The records, with the numbers that the commit gave them.</param>
    public void Complete(ReadOnlySpan<PendingAppend> appends)
    {
        _isAnswered = true;
        foreach (IPendingCall call in _calls)
        {
            call.Succeed(appends);
        }

        _completion?.TrySetResult();
    }

    /// <summary>Fails all who wait, unless the commit was confirmed to them.</summary>
    /// <param name="appends">The records, which give back the room that they have taken.</param>
    /// <param name="exception">What the callers get.</param>
    public void Fail(ReadOnlySpan<PendingAppend> appends, Exception exception)
    {
        if (_isAnswered)
        {
            return;
        }

        _isAnswered = true;
        foreach (ref readonly PendingAppend append in appends)
        {
            append.Log.GiveBack(append.Ticket, 1, append.Record.Size);
        }

        foreach (IPendingCall call in _calls)
        {
            call.Fail(appends, exception);
        }

        if (_completion is { } completion)
        {
            completion.TrySetException(exception);
            // Acks that nobody waits for must not end as unobserved exceptions.
            _ = completion.Task.Exception;
        }
    }

    /// <summary>Forgets the callers.</summary>
    public void Clear()
    {
        _calls.Clear();
        if (_calls.Capacity > KeptItems)
        {
            _calls.Capacity = 0;
        }

        _completion = null;
        _isAnswered = false;
        Waiting = 0;
    }
}
