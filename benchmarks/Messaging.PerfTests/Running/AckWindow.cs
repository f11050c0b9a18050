namespace Messaging.PerfTests.Running;

/// <summary>The acknowledgements of one receiver that are on their way to the disk; when there are too many, it waits for the oldest.</summary>
internal sealed class AckWindow(AckLedger ledger)
{
    private const int Most = 4_096;

    // Each is awaited once, so the calls that they stand on can be used again.
    private readonly Queue<(long Number, ValueTask<Settlement> Settling)> _pending = new(Most);

    public async ValueTask AckAsync(long number, Delivery<ReadOnlyMemory<byte>> delivery)
    {
        _pending.Enqueue((number, delivery.AckAsync()));
        if (_pending.Count == Most)
        {
            await ConfirmOldestAsync();
        }
    }

    /// <summary>Waits for all.</summary>
    public async ValueTask DrainAsync()
    {
        while (_pending.Count > 0)
        {
            await ConfirmOldestAsync();
        }
    }

    private async ValueTask ConfirmOldestAsync()
    {
        (long number, ValueTask<Settlement> settling) = _pending.Dequeue();
        ledger.Confirm(number, await settling);
    }
}
