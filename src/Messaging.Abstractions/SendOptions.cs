using Messaging.Validation;

namespace Messaging;

/// <summary>What a sender may say of one message.</summary>
public sealed record SendOptions
{
    /// <summary>Gets the id. A second send of the same id to the same destination, within the deduplication window,
    /// adds nothing and returns the first one's receipt, with <see cref="Receipt.Previous"/>. The id of a message that was cancelled is free again.</summary>
    /// <value>The default value is <see langword="null"/>: the broker gives an id.</value>
    public MessageId? MessageId { get; init; }

    /// <summary>Gets the headers.</summary>
    /// <value>The default value is <see langword="null"/>: none.</value>
    public MessageHeaders? Headers { get; init; }

    /// <summary>Gets the time to wait before the message enters its destination.</summary>
    /// <value>The default value is zero. The range is zero to 3,650 days.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan Delay { get; init => field = Ensure.Delay(value, nameof(Delay)); }
}
