namespace Messaging.Leases;

/// <summary>A consumer as its subscription sees it: its leases and its terms.</summary>
internal sealed class ConsumerPort(TimeSpan leaseDuration, int prefetch, RetryPolicy? retry)
{
    private bool _isClosed;

    public LeaseList Leases { get; } = new(leaseDuration.Ticks, retry);

    public int Prefetch => prefetch;

    /// <summary>Gets or sets a value indicating whether the consumer has gone. Set under the subscription's lock, read without it.</summary>
    public bool IsClosed
    {
        get => Volatile.Read(ref _isClosed);
        set => Volatile.Write(ref _isClosed, value);
    }
}
