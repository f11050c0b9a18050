namespace ReadmePrograms;

/// <summary>Stands for the work of an application. It ends a program's loop when all that it expects has come.</summary>
internal sealed class Warehouse(int expected)
{
    private readonly CancellationTokenSource _done = new();
    private int _shipped;

    public CancellationToken Done => _done.Token;

    public void Ship(Order order)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(order.Count);
        if (Interlocked.Increment(ref _shipped) == expected)
        {
            _done.Cancel();
        }
    }

    public Task ShipAsync(Order order, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Ship(order);
        return Task.CompletedTask;
    }

    /// <summary>Waits until all that is expected was shipped; fails loudly if it never comes.</summary>
    public async Task WhenDoneAsync()
    {
        var done = new TaskCompletionSource();
        await using (_done.Token.Register(done.SetResult))
        {
            await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }
}
