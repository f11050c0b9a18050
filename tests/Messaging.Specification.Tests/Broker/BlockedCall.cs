namespace Messaging.Specification.Tests.Broker;

/// <summary>A handler whose first call runs until the test releases it; later calls return at once.</summary>
internal sealed class BlockedCall
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _calls;

    public Task Started => _started.Task;

    /// <summary>The token that the first call was given.</summary>
    public CancellationToken Token { get; private set; }

    public int Calls => Volatile.Read(ref _calls);

    public void Release() => _released.TrySetResult();

    /// <summary>Takes no notice of its token.</summary>
    public ValueTask RunAsync(Delivery<int> delivery, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        return new ValueTask(_released.Task);
    }

    /// <summary>Ends with <see cref="OperationCanceledException"/> when its token says so.</summary>
    public ValueTask RunUntilCancelledAsync(Delivery<int> delivery, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        return new ValueTask(_released.Task.WaitAsync(cancellationToken));
    }

    private void Begin(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _calls) == 1)
        {
            Token = cancellationToken;
            _started.SetResult();
        }
    }
}
