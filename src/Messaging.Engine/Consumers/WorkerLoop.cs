namespace Messaging.Consumers;

/// <summary>One loop of a worker: whether its handler runs, and the source of the handler's token, which serves again and again.</summary>
internal sealed class WorkerLoop
{
    private bool _isCalling;

    public bool IsCalling => Volatile.Read(ref _isCalling);

    public CancellationTokenSource? Call { get; private set; }

    public CancellationTokenSource Begin()
    {
        Volatile.Write(ref _isCalling, true);
        return Call ??= new CancellationTokenSource();
    }

    /// <summary>Ends a call.</summary>
    /// <param name="isSettled">Whether the lease was held and is settled. Otherwise the source belongs to it, and its cancellation may still come.</param>
    public void End(bool isSettled)
    {
        if (!isSettled || !Call!.TryReset())
        {
            Call = null;
        }

        Volatile.Write(ref _isCalling, false);
    }
}
