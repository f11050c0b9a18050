using Messaging.Leases;

namespace Messaging.Subscriptions;

/// <summary>A consumer as its subscription sees it: its leases and its terms.</summary>
internal sealed class ConsumerPort(TimeSpan leaseDuration, int prefetch, RetryPolicy? retry)
{
    public LeaseList Leases { get; } = new(leaseDuration.Ticks, retry);

    public int Prefetch => prefetch;

    /// <summary>Gets or sets a value indicating whether the consumer has gone. Guarded by the subscription.</summary>
    public bool IsClosed { get; set; }
}
