using System.Threading.Tasks.Sources;
using Messaging.Logs;

namespace Messaging.Calls;

/// <summary>A caller that waits for a commit: what its <see cref="ValueTask{TResult}"/> stands on. It is used again when the result was taken.</summary>
/// <remarks>Continuations run on the thread pool: user code never runs on the writer's thread. A call whose caller never
/// takes the result is not used again, and collected.</remarks>
internal abstract class PendingCall<TResult> : IPendingCall, IValueTaskSource<TResult>
{
    private ManualResetValueTaskSourceCore<TResult> _core = new() { RunContinuationsAsynchronously = true };
    private CallPool<TResult>? _home;

    /// <summary>Gets what the caller awaits, once.</summary>
    public ValueTask<TResult> Task => new(this, _core.Version);

    /// <summary>Gets or sets the call below it among those that wait to be used again. Guarded by the pool.</summary>
    public PendingCall<TResult>? Below { get; set; }

    /// <summary>Gets or sets how many lie on top of each other, from this one down. Guarded by the pool.</summary>
    public int Depth { get; set; }

    public TResult GetResult(short token)
    {
        bool ended = _core.GetStatus(token) != ValueTaskSourceStatus.Pending;
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            if (ended)
            {
                _core.Reset();
                Forget();
                _home!.Return(this);
            }
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        if ((flags & ValueTaskSourceOnCompletedFlags.UseSchedulingContext) != 0
            && CallerContext.Capture(continuation, state, _home!.Unreachable) is { } caller)
        {
            (continuation, state) = (CallerContext.Resume, caller);
            flags &= ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext;
        }

        _core.OnCompleted(continuation, state, token, flags);
    }

    public abstract void Succeed(ReadOnlySpan<PendingAppend> appends);

    public virtual void Fail(ReadOnlySpan<PendingAppend> appends, Exception exception) => _core.SetException(exception);

    /// <summary>Says where to go back to.</summary>
    public void BelongTo(CallPool<TResult> home) => _home = home;

    protected void SetResult(TResult result) => _core.SetResult(result);

    /// <summary>Lets go of what the call was about.</summary>
    protected abstract void Forget();
}
