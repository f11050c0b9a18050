namespace Messaging;

/// <summary>The outcome of settling a delivery.</summary>
public enum Settlement
{
    /// <summary>The lease had ended, or the delivery was settled before: nothing changed.</summary>
    LeaseLost,

    /// <summary>Acknowledged; the subscription never sees the message again.</summary>
    Acked,

    /// <summary>Counted as a failure; the message will be redelivered.</summary>
    Nacked,

    /// <summary>Moved to the dead-letter queue.</summary>
    DeadLettered,

    /// <summary>The lease was extended.</summary>
    Extended,
}
