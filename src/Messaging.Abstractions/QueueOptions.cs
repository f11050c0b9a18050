using Messaging.Validation;

namespace Messaging;

/// <summary>The options of a queue.</summary>
public sealed record QueueOptions : SubscriptionOptions
{
    /// <summary>Gets the number of unsettled messages that the queue holds; scheduled ones count when they are due.</summary>
    /// <value>The default value is 1,000,000. The range is 1 to 1,000,000,000.</value>
    public long Capacity { get; init => field = Ensure.Range(value, 1, 1_000_000_000, nameof(Capacity)); } = 1_000_000;

    /// <summary>Gets what happens when the queue is full.</summary>
    /// <value>The default value is <see cref="FullMode.Wait"/>.</value>
    public FullMode FullMode { get; init => field = Ensure.Defined(value, nameof(FullMode)); }

    /// <summary>Gets what a completed send survives.</summary>
    /// <value>The default value is <see langword="null"/>: the most that the store offers. More than it offers is refused
    /// with <see cref="ArgumentException"/> when the queue is created.</value>
    public Durability? Durability { get; init => field = Ensure.Defined(value, nameof(Durability)); }

    /// <summary>Gets a value indicating whether bodies are serialized in memory too, so that sender and receiver share no object.</summary>
    /// <remarks>A send in memory then does what it does on a file: it copies the body, leaves out what the serializer leaves out, and refuses what the
    /// serializer refuses or what is larger than the limit of a body.</remarks>
    /// <value>The default value is <see langword="false"/>: in memory, bodies are handed over by reference. A stored message is always serialized.</value>
    public bool Serialize { get; init; }
}
