namespace Messaging;

/// <summary>What happens when a subscription's backlog reaches its limit.</summary>
public enum BacklogAction
{
    /// <summary>Senders to every topic that the subscription draws from wait until there is room. Nothing is lost.</summary>
    Block,

    /// <summary>Sends to these topics fail with <see cref="QueueFullException"/>. Nothing is lost.</summary>
    Refuse,

    /// <summary>The oldest message that nobody holds is dropped and counted in <see cref="SubscriptionStatistics.Dropped"/>.
    /// No sender is held up; while all messages are held, the backlog goes over its limit.</summary>
    DropOldest,

    /// <summary>The oldest message that nobody holds becomes a dead letter, with the reason <see cref="DeadLetterReason.BacklogLimit"/>.
    /// No sender is held up, until the dead-letter queue is full: then sends fail with <see cref="QueueFullException"/>.</summary>
    DeadLetterOldest,

    /// <summary>The subscription keeps what it has and collects nothing more, over restarts too, until
    /// <see cref="ISubscription.Resume"/>. What passes it by is counted in <see cref="SubscriptionStatistics.Missed"/>. For topics only.</summary>
    Suspend,
}
