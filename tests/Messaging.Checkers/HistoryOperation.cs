namespace Messaging.Checkers;

/// <summary>What a history tells of.</summary>
public enum HistoryOperation
{
    /// <summary>A message is sent to a destination.</summary>
    Send,

    /// <summary>A scheduled message is cancelled.</summary>
    Cancel,

    /// <summary>A message is handed to a consumer of a subscription.</summary>
    Deliver,

    /// <summary>A delivery is acknowledged.</summary>
    Ack,

    /// <summary>A delivery fails: it is nacked, or its handler throws.</summary>
    Nack,

    /// <summary>A delivery is given up, or a message was found given up.</summary>
    DeadLetter,

    /// <summary>A lease is extended.</summary>
    Extend,

    /// <summary>A lease has ended without a settlement.</summary>
    LeaseEnd,

    /// <summary>A dead letter goes back to its subscription as a new message.</summary>
    Redrive,

    /// <summary>A dead letter is deleted.</summary>
    Purge,

    /// <summary>A message was dropped, or had expired, by a rule that the subscription names.</summary>
    Drop,

    /// <summary>A subscription begins to collect from a destination; a queue does so from the start.</summary>
    Subscribe,

    /// <summary>A subscription is deleted.</summary>
    Unsubscribe,

    /// <summary>A consumer of a subscription is closed: what it held returns.</summary>
    CloseConsumer,

    /// <summary>The broker was opened.</summary>
    Open,

    /// <summary>The broker was closed in good order.</summary>
    Close,

    /// <summary>The process died, or its power was cut.</summary>
    Crash,

    /// <summary>At the end, a message was found where the note says: ready, leased, scheduled, waiting.</summary>
    Found,

    /// <summary>The counts of a subscription as the broker states them; the note names them.</summary>
    Count,

    /// <summary>The faults have stopped and everything has had its time: nothing may be left undone. The note names what is held.</summary>
    Rest,
}
