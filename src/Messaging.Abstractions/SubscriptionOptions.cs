using Messaging.Validation;

namespace Messaging;

/// <summary>The options of a subscription.</summary>
public record SubscriptionOptions
{
    /// <summary>Gets the retry policy; a handler's or consumer's own one goes before it.</summary>
    /// <value>The default value is <see cref="RetryPolicy.Default"/>.</value>
    public RetryPolicy Retry { get; init => field = value ?? throw new ArgumentNullException(nameof(Retry)); } = RetryPolicy.Default;

    /// <summary>Gets a value indicating whether messages that are given up are kept.</summary>
    /// <value>The default value is <see langword="true"/>. With <see langword="false"/> they are dropped and counted.</value>
    public bool DeadLetter { get; init; } = true;

    /// <summary>Gets the number of dead letters kept. When it is reached, a message that would be dead-lettered waits and is
    /// tried again; none is lost.</summary>
    /// <value>The default value is 100,000. The range is 1 to 1,000,000,000.</value>
    public long DeadLetterCapacity { get; init => field = Ensure.Range(value, 1, 1_000_000_000, nameof(DeadLetterCapacity)); } = 100_000;

    /// <summary>Gets the most that may be left unsettled, and what happens then.</summary>
    /// <value>The default value is <see langword="null"/>: only the capacities of the topics, or of the queue, bound it.
    /// A limit without any number is refused with <see cref="ArgumentException"/>.</value>
    public BacklogLimit? Backlog
    {
        get;
        init => field = value is { MaxMessages: null, MaxBytes: null, MaxAge: null }
            ? throw new ArgumentException("A BacklogLimit must give MaxMessages, MaxBytes or MaxAge; this one gives none.", nameof(Backlog))
            : value;
    }

    /// <summary>Gets how far acknowledgements may run out of order: the most gaps and failed messages kept before delivery of new messages stops.
    /// A gap is a run of unsettled messages before settled ones. Redeliveries go on, so the number always goes down again.</summary>
    /// <remarks>The messages that consumers hold at that moment may go a little beyond it.</remarks>
    /// <value>The default value is 16,384. The range is 16 to 1,000,000.</value>
    public int MaxOutOfOrder { get; init => field = (int)Ensure.Range(value, 16, 1_000_000, nameof(MaxOutOfOrder)); } = 16_384;
}
