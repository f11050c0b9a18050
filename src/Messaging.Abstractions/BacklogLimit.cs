using Messaging.Validation;

namespace Messaging;

/// <summary>The most that a subscription may leave unsettled, and what happens then.</summary>
/// <remarks>At least one of the three limits is given; the one that is reached first acts. The dead letters have a limit of
/// their own, <see cref="SubscriptionOptions.DeadLetterCapacity"/>, and no age.</remarks>
public sealed record BacklogLimit
{
    /// <summary>Gets the number of messages that are not settled: ready, delivered, and waiting for a retry.</summary>
    /// <value>The default value is <see langword="null"/>: no limit. The range is 1 to 1,000,000,000.</value>
    public long? MaxMessages { get; init => field = Ensure.Range(value, 1, 1_000_000_000, nameof(MaxMessages)); }

    /// <summary>Gets the size of these messages, with their headers, as they are stored. In memory, a topic or queue with
    /// such a limit serializes its bodies.</summary>
    /// <value>The default value is <see langword="null"/>: no limit. The unit is the byte. The range is 1 to 1 TiB.
    /// After a restart the size of what lay there is estimated until it is settled.</value>
    public long? MaxBytes { get; init => field = Ensure.Range(value, 1, 1L << 40, nameof(MaxBytes)); }

    /// <summary>Gets the age of the oldest message that nobody holds, since it was sent, became due or was redriven.</summary>
    /// <value>The default value is <see langword="null"/>: no limit. The range is 1 millisecond to 3,650 days. A message that
    /// waits for its retry is removed when its time is up, but holds no sender up and suspends nothing.</value>
    public TimeSpan? MaxAge { get; init => field = Ensure.Age(value, nameof(MaxAge)); }

    /// <summary>Gets what happens when a limit is reached.</summary>
    /// <value>The default value is <see cref="BacklogAction.Block"/>.</value>
    public BacklogAction Action { get; init => field = Ensure.Defined(value, nameof(Action)); }
}
