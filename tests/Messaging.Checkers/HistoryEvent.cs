namespace Messaging.Checkers;

/// <summary>One thing that a workload did or saw.</summary>
public sealed record HistoryEvent
{
    /// <summary>Gets the time, in ticks of the workload's one clock.</summary>
    public long Time { get; init; }

    /// <summary>Gets the client that did it.</summary>
    public int Client { get; init; }

    /// <summary>Gets what was done or seen.</summary>
    public required HistoryOperation Operation { get; init; }

    /// <summary>Gets how it ended.</summary>
    public HistoryOutcome Outcome { get; init; } = HistoryOutcome.Ok;

    /// <summary>Gets the queue or topic that a message was sent to.</summary>
    public string Destination { get; init; } = "";

    /// <summary>Gets the queue or subscription that deals with a message.</summary>
    public string Subscription { get; init; } = "";

    /// <summary>Gets the workload's own name of the message, unique among all that it sends; the same for a repeated send.</summary>
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

    /// <summary>Gets the ordinal of a delivery.</summary>
    public int Attempt { get; init; }

    /// <summary>Gets the failures that were counted so far.</summary>
    public int Failures { get; init; }

    /// <summary>Gets the time before which something must not happen (a send's or nack's delay), or until which a lease lasts; 0 for none.</summary>
    public long Due { get; init; }

    /// <summary>Gets what else there is to say: names with numbers, as <c>ready=3 leased=1</c>, or a reason.</summary>
    public string Note { get; init; } = "";

    /// <summary>Tells whether a delivery began before another one of the same message, although it may have been told of later.</summary>
    public bool BeganBefore(HistoryEvent other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Token > 0 && other.Token > 0 && (Epoch, Token).CompareTo((other.Epoch, other.Token)) < 0;
    }

    /// <inheritdoc/>
    public override string ToString() => HistoryLine.Write(this);
}
