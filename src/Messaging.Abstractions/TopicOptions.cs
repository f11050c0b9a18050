using Messaging.Validation;

namespace Messaging;

/// <summary>The options of a topic.</summary>
public sealed record TopicOptions
{
    /// <summary>Gets the number of messages that the topic holds for its slowest subscription.</summary>
    /// <value>The default value is 1,000,000. The range is 1 to 1,000,000,000.</value>
    public long Capacity { get; init => field = Ensure.Range(value, 1, 1_000_000_000, nameof(Capacity)); } = 1_000_000;

    /// <summary>Gets what happens when the topic is full.</summary>
    /// <value>The default value is <see cref="FullMode.Wait"/>. A topic waits or refuses; it drops nothing.</value>
    public FullMode FullMode
    {
        get;
        init => field = value is FullMode.Wait or FullMode.Refuse
            ? value
            : throw new ArgumentOutOfRangeException(nameof(FullMode), value, "A topic's FullMode must be Wait or Refuse.");
    }

    /// <summary>Gets what a completed send survives.</summary>
    /// <value>The default value is <see langword="null"/>: the most that the store offers.</value>
    public Durability? Durability { get; init => field = Ensure.Defined(value, nameof(Durability)); }

    /// <summary>Gets a value indicating whether bodies are serialized in memory too, so that sender and receivers share no object.</summary>
    /// <remarks>A send in memory then does what it does on a file: see <see cref="QueueOptions.Serialize"/>.</remarks>
    /// <value>The default value is <see langword="false"/>. A stored message is always serialized.</value>
    public bool Serialize { get; init; }
}
