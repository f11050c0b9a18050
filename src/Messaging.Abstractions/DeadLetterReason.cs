namespace Messaging;

/// <summary>Why a message was given up.</summary>
public enum DeadLetterReason
{
    /// <summary>A consumer said so.</summary>
    Rejected,

    /// <summary>It failed as often as the retry policy allows.</summary>
    RetriesExhausted,

    /// <summary>Its body cannot be read as the consumer's type.</summary>
    Unreadable,

    /// <summary>It was the oldest when the subscription's backlog was over its limit, or it was older than that allows.</summary>
    BacklogLimit,
}
