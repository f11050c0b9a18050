namespace Messaging.Testing.Histories;

/// <summary>What a history tells of. Each says which properties of its <see cref="HistoryEvent"/> the checkers look at.</summary>
public enum HistoryOperation
{
    /// <summary>A message is sent. Named: destination, message; batch, key, due time if it has them; when it is confirmed, its sequence number.</summary>
    Send,

    /// <summary>A scheduled message is cancelled. Named: message.</summary>
    Cancel,

    /// <summary>A message is handed to a consumer. Named: subscription, message, epoch and token, sequence number, attempt, failures, its key
    /// if it has one, and as the due time the end of its lease.</summary>
    Deliver,

    /// <summary>A delivery is acknowledged. Named: subscription, message, epoch and token, sequence number, its key if it has one.</summary>
    Ack,

    /// <summary>A delivery fails: it is nacked, or its handler throws. Named: as for an ack, with attempt and failures of the delivery, and as
    /// the due time the earliest one of the next delivery.</summary>
    Nack,

    /// <summary>A delivery is given up, or a message was found given up. Named: as for an ack, with the failures; a note <c>limit=5</c>
    /// says at how many it had to be.</summary>
    DeadLetter,

    /// <summary>A lease is extended. Named: subscription, message, epoch and token.</summary>
    Extend,

    /// <summary>A lease has ended without a settlement. Named: subscription, message.</summary>
    LeaseEnd,

    /// <summary>A dead letter goes back to its subscription as a new message. Named: subscription, message. It is told before it is done.</summary>
    Redrive,

    /// <summary>A dead letter is deleted. Named: subscription, message.</summary>
    Purge,

    /// <summary>A message was dropped, or had expired, by a rule that the subscription names. Named: subscription, message.</summary>
    Drop,

    /// <summary>A subscription begins to collect. Named: destination, subscription. A queue does so from the start, and needs none.</summary>
    Subscribe,

    /// <summary>A subscription is deleted. Named: subscription.</summary>
    Unsubscribe,

    /// <summary>A consumer of a subscription is closed: what it held returns. Named: subscription.</summary>
    CloseConsumer,

    /// <summary>The broker was opened.</summary>
    Open,

    /// <summary>The broker was closed in good order.</summary>
    Close,

    /// <summary>The process died, or its power was cut.</summary>
    Crash,

    /// <summary>The wall clock was set. Named: as the due time, by how many ticks of 100 ns, less than 0 for backwards.</summary>
    SetClock,

    /// <summary>At the end, a message was found where the note says: ready, leased, scheduled, waiting. Named: subscription, message.</summary>
    Found,

    /// <summary>The counts of a subscription as the broker states them. Named: subscription; the note names the numbers.</summary>
    Count,

    /// <summary>The faults have stopped and everything has had its time: nothing may be left undone. Named: subscription, if it is about one;
    /// the note names what is held.</summary>
    Rest,
}
