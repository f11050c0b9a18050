namespace Messaging.Calls;

/// <summary>The calls that are not in use. Taking one is guarded by the writer; any thread gives one back without a lock.</summary>
/// <remarks>The stack of returned calls is only ever taken whole, so that no call can leave it and come back unseen.</remarks>
/// <param name="create">Makes a call.</param>
/// <param name="unreachable">Receives what a caller's own context throws when the caller is to be resumed there.</param>
internal sealed class CallPool<TResult>(Func<PendingCall<TResult>> create, Action<Exception> unreachable)
{
    private const int MaxDepth = 4096;

    // Guarded by the writer.
    private PendingCall<TResult>? _free;

    private PendingCall<TResult>? _returned;

    public Action<Exception> Unreachable => unreachable;

    public PendingCall<TResult> Take()
    {
        PendingCall<TResult>? call = _free ?? Interlocked.Exchange(ref _returned, null);
        if (call is null)
        {
            call = create();
            call.BelongTo(this);
            return call;
        }

        _free = call.Below;
        call.Below = null;
        return call;
    }

    public void Return(PendingCall<TResult> call)
    {
        PendingCall<TResult>? top = Volatile.Read(ref _returned);
        while (true)
        {
            int depth = top is null ? 1 : top.Depth + 1;
            if (depth > MaxDepth)
            {
                // Enough are kept: this one is left to the collector.
                return;
            }

            call.Below = top;
            call.Depth = depth;
            PendingCall<TResult>? seen = Interlocked.CompareExchange(ref _returned, call, top);
            if (seen == top)
            {
                return;
            }

            top = seen;
        }
    }
}
