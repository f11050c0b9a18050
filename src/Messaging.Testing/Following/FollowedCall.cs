using System.Threading.Tasks.Sources;

namespace Messaging.Testing.Following;

/// <summary>A call of the broker by code under test on the thread pool. Whoever awaits it counts from its end until it suspends itself again.</summary>
/// <remarks>The thread pool cannot be asked what it has yet to run. So the call is told of the continuation, and runs it itself, as a counted piece.</remarks>
internal sealed class FollowedCall<T> : IValueTaskSource<T>
{
    private static readonly Action _ended = static () => { };

    private readonly WorkCount _count;
    private readonly Task<T> _call;
    private Action? _continuation;

    /// <param name="count">Counts what follows the call.</param>
    /// <param name="call">The call. Its continuations run where it ends.</param>
    public FollowedCall(WorkCount count, Task<T> call)
    {
        _count = count;
        _call = call;
        call.ContinueWith(
            static (_, followed) => ((FollowedCall<T>)followed!).NoteEnd(),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    public T GetResult(short token) => _call.GetAwaiter().GetResult();

    public ValueTaskSourceStatus GetStatus(short token) =>
        _call.IsCompletedSuccessfully ? ValueTaskSourceStatus.Succeeded
        : _call.IsCanceled ? ValueTaskSourceStatus.Canceled
        : _call.IsFaulted ? ValueTaskSourceStatus.Faulted
        : ValueTaskSourceStatus.Pending;

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        ExecutionContext? execution = flags.HasFlag(ValueTaskSourceOnCompletedFlags.FlowExecutionContext) ? ExecutionContext.Capture() : null;
        SynchronizationContext? context = flags.HasFlag(ValueTaskSourceOnCompletedFlags.UseSchedulingContext) ? SynchronizationContext.Current : null;
        Action resumed = execution is null ? () => continuation(state) : () => ExecutionContext.Run(execution, new ContextCallback(continuation), state);

        // In a context of its own, the code goes on there: what is counted is that it is told so.
        Action piece = context is null ? resumed : () => context.Post(static resumed => ((Action)resumed!)(), resumed);
        if (Interlocked.CompareExchange(ref _continuation, piece, null) == _ended)
        {
            FollowedCode.Resume(_count, piece);
        }
    }

    private void NoteEnd()
    {
        if (Interlocked.Exchange(ref _continuation, _ended) is { } piece)
        {
            FollowedCode.Resume(_count, piece);
        }
    }
}
