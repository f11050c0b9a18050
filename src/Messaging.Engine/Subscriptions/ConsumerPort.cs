using Messaging.Leases;

namespace Messaging.Subscriptions;

/// <summary>A consumer as its subscription sees it: its leases and its terms.</summary>
internal sealed class ConsumerPort(TimeSpan leaseDuration, int prefetch, RetryPolicy? retry)
{
    private long _latestDeadline;

    public LeaseList Leases { get; } = new(leaseDuration.Ticks, retry);

    public int Prefetch => prefetch;

    /// <summary>Gets or sets the deadline of the lease granted last. All leases last equally long, so no earlier one ends later.</summary>
    public long LatestDeadline
    {
        get => Volatile.Read(ref _latestDeadline);
        set => Volatile.Write(ref _latestDeadline, value);
    }

    /// <summary>Gets or sets a value indicating whether the consumer has gone. Guarded by the subscription.</summary>
    public bool IsClosed { get; set; }
}
