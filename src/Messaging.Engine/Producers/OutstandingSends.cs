using System.Runtime.CompilerServices;
using Messaging.Diagnostics;

namespace Messaging.Producers;

/// <summary>The sends of one producer that have begun and not ended.</summary>
internal sealed class OutstandingSends
{
    private readonly Lock _gate = new();
    private int _count;
    private TaskCompletionSource? _none;

    public void Begin()
    {
        lock (_gate)
        {
            _count++;
        }
    }

    public void End()
    {
        TaskCompletionSource? none = null;
        lock (_gate)
        {
            if (--_count == 0)
            {
                (none, _none) = (_none, null);
            }
        }

        none?.SetResult();
    }

    /// <summary>Counts a send until it ends, unless it has ended already.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Receipt> TrackAsync(ValueTask<Receipt> send)
    {
        if (send.IsCompletedSuccessfully)
        {
            return send.Result;
        }

        Begin();
        try
        {
            return await send.ConfigureAwait(WorkContext.IsCurrent);
        }
        finally
        {
            End();
        }
    }

    public Task WhenNoneAsync()
    {
        lock (_gate)
        {
            return _count == 0
                ? Task.CompletedTask
                : (_none ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }
}
