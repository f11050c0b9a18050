using Messaging.Validation;

namespace Messaging;

/// <summary>The options of a consumer.</summary>
public sealed record ConsumerOptions
{
    /// <summary>Gets the time in which a delivery must be settled, from its hand-over.</summary>
    /// <value>The default value is 30 seconds. The range is 1 ms to 7 days.</value>
    public TimeSpan LeaseDuration { get; init => field = Ensure.Lease(value, nameof(LeaseDuration)); } = TimeSpan.FromSeconds(30);

    /// <summary>Gets the number of messages made ready in memory ahead of this consumer. They are not leased.</summary>
    /// <value>The default value is 256. The range is 1 to 65,536.</value>
    public int Prefetch { get; init => field = (int)Ensure.Range(value, 1, 65_536, nameof(Prefetch)); } = 256;

    /// <summary>Gets who acknowledges.</summary>
    /// <value>The default value is <see cref="AckMode.Manual"/>; <see cref="AckMode.OnReturn"/> is for handlers only.</value>
    public AckMode AckMode
    {
        get;
        init => field = value is AckMode.Manual or AckMode.OnReceive
            ? value
            : throw new ArgumentOutOfRangeException(nameof(AckMode), value, "A consumer's AckMode must be Manual or OnReceive.");
    }

    /// <summary>Gets the retry policy for this consumer's deliveries.</summary>
    /// <value>The default value is <see langword="null"/>: the subscription's.</value>
    public RetryPolicy? Retry { get; init; }
}
