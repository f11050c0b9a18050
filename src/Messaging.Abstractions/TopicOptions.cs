using Messaging.Validation;

namespace Messaging;

/// <summary>The options of a topic.</summary>
public sealed record TopicOptions
{
    /// <summary>Gets the number of messages that the topic holds for its slowest subscription.</summary>
    /// <value>The default value is 1,000,000. The range is 1 to 1,000,000,000.</value>
    public long Capacity { get; init => field = Ensure.Range(value, 1, 1_000_000_000, nameof(Capacity)); } = 1_000_000;

    /// <summary>Gets what happens when the topic is full. <see cref="FullMode.DropOldest"/> drops from the subscriptions that lag.</summary>
    /// <value>The default value is <see cref="FullMode.Wait"/>.</value>
    public FullMode FullMode { get; init => field = Ensure.Defined(value, nameof(FullMode)); }

    /// <summary>Gets what a completed send survives.</summary>
    /// <value>The default value is <see langword="null"/>: the most that the store offers.</value>
    public Durability? Durability { get; init => field = Ensure.Defined(value, nameof(Durability)); }

    /// <summary>Gets a value indicating whether bodies are serialized in memory too.</summary>
    /// <value>The default value is <see langword="false"/>. A stored message is always serialized.</value>
    public bool Serialize { get; init; }
}
