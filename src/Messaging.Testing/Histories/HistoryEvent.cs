namespace Messaging.Testing.Histories;

/// <summary>One thing that a client did to a broker or saw of it.</summary>
/// <remarks>What an event of an operation must name, so that the checkers see it, stands with its <see cref="HistoryOperation"/>.</remarks>
public sealed record HistoryEvent
{
    /// <summary>Gets the time, in ticks of 100 ns of the one clock that all clients share; where it begins does not matter.</summary>
    /// <value>The default value is 0. A <see cref="HistoryWriter"/> sets it.</value>
    public long Time { get; init; }

    /// <summary>Gets the number of the client that did it, for who reads the history; no checker looks at it.</summary>
    public int Client { get; init; }

    /// <summary>Gets what was done or seen.</summary>
    public required HistoryOperation Operation { get; init; }

    /// <summary>Gets how it ended.</summary>
    /// <value>The default value is <see cref="HistoryOutcome.Ok"/>.</value>
    public HistoryOutcome Outcome { get; init; } = HistoryOutcome.Ok;

    /// <summary>Gets the queue or topic that a message was sent to.</summary>
    public string Destination { get; init; } = "";

    /// <summary>Gets the queue or subscription that deals with a message.</summary>
    public string Subscription { get; init; } = "";

    /// <summary>Gets the workload's own name of the message, unique in the history; the same for a repeated send, and for
    /// each delivery of it. The best place for it is the message's body.</summary>
    public string Message { get; init; } = "";

    /// <summary>Gets the batch that a message was sent in; empty for none.</summary>
    public string Batch { get; init; } = "";

    /// <summary>Gets the message's key; empty for none.</summary>
    public string Key { get; init; } = "";

    /// <summary>Gets the epoch of a delivery's token.</summary>
    public uint Epoch { get; init; }

    /// <summary>Gets the number of a delivery's token; 0 for none.</summary>
    public long Token { get; init; }

    /// <summary>Gets the message's sequence number; 0 for none.</summary>
    public long Sequence { get; init; }

    /// <summary>Gets the ordinal of a delivery, from 1; 0 for none.</summary>
    public int Attempt { get; init; }

    /// <summary>Gets the failures of the message that were counted before the delivery; of a dead letter, all of them.</summary>
    public int Failures { get; init; }

    /// <summary>Gets a time on the clock of <see cref="Time"/>: of a send or nack, the one before which the message must not be delivered;
    /// of a delivery, the one until which its lease lasts; 0 for none. Of a set clock, by how many ticks.</summary>
    public long Due { get; init; }

    /// <summary>Gets what else there is to say: names with numbers, as <c>ready=3 leased=1</c>, or a reason. It may hold blanks.</summary>
    public string Note { get; init; } = "";

    /// <summary>Tells whether a delivery began before another one of the same message, although it may have been told of later.</summary>
    /// <param name="other">The other event; it and this one must have tokens.</param>
    public bool BeganBefore(HistoryEvent other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Token > 0 && other.Token > 0 && (Epoch, Token).CompareTo((other.Epoch, other.Token)) < 0;
    }

    /// <summary>Gets the event's <see cref="HistoryLine"/>.</summary>
    public override string ToString() => HistoryLine.Write(this);
}
