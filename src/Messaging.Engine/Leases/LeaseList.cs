namespace Messaging.Leases;

/// <summary>The leases of one consumer in the order of their deadlines.</summary>
internal sealed class LeaseList(long duration, RetryPolicy? retry)
{
    /// <summary>Gets the duration of its leases, in ticks.</summary>
    public long Duration => duration;

    /// <summary>Gets the consumer's own retry policy; <see langword="null"/> for the subscription's.</summary>
    public RetryPolicy? Retry => retry;

    public int Head { get; set; } = -1;

    public int Tail { get; set; } = -1;
}
