namespace Messaging.Testing;

/// <summary>What a test broker saw.</summary>
public enum ObservationKind
{
    /// <summary>A send was confirmed.</summary>
    Sent,

    /// <summary>A send with a delay was confirmed: the message enters its queue or topic when it is due.</summary>
    Scheduled,

    /// <summary>A send failed.</summary>
    SendFailed,

    /// <summary>A scheduled message was cancelled.</summary>
    Cancelled,

    /// <summary>A message was handed to a consumer or a handler.</summary>
    Delivered,

    /// <summary>A delivery was acknowledged: by its consumer, or because its handler returned.</summary>
    Acked,

    /// <summary>A delivery failed: it was nacked, or its handler threw.</summary>
    Nacked,

    /// <summary>A delivery was given up by its consumer, or its body could not be read.</summary>
    Rejected,

    /// <summary>A lease ended before the delivery was settled.</summary>
    LeaseLost,

    /// <summary>A consumer was closed, and what it held returned.</summary>
    Returned,

    /// <summary>A message went to a dead-letter queue.</summary>
    DeadLettered,

    /// <summary>A message was dropped by a rule: a limit's, or because there is no dead-letter queue.</summary>
    Dropped,

    /// <summary>The broker was opened.</summary>
    Opened,

    /// <summary>The broker ended as its process would have, by <see cref="TestBroker.CrashAndReopenAsync"/> or a fault.</summary>
    Crashed,
}
