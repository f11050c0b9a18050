namespace Messaging;

/// <summary>The counts of a subscription at one moment.</summary>
/// <remarks>Each message that is not settled for good is in exactly one of <see cref="Ready"/>, <see cref="Leased"/>, <see cref="Scheduled"/>,
/// <see cref="Waiting"/> and <see cref="Dead"/>, also while it moves from one to the other: it counts where it comes from until the move is stored. So
/// all five are zero only when nothing is left.</remarks>
public readonly record struct SubscriptionStatistics
{
    /// <summary>Gets the number of messages that could be delivered now.</summary>
    public long Ready { get; init; }

    /// <summary>Gets the number of messages delivered and not settled, and of those on their way to the dead letters.</summary>
    public long Leased { get; init; }

    /// <summary>Gets the number of messages scheduled for later, and of those that are due and not yet in the queue; for a queue only.</summary>
    public long Scheduled { get; init; }

    /// <summary>Gets the number of messages waiting for their retry.</summary>
    public long Waiting { get; init; }

    /// <summary>Gets the number of dead letters, and of those that are being redriven and are not yet back.</summary>
    public long Dead { get; init; }

    /// <summary>Gets the number of acks accepted since the broker was opened. On a file they are stored within about a millisecond.</summary>
    public long Acked { get; init; }

    /// <summary>Gets the number of deliveries since the broker was opened.</summary>
    public long Delivered { get; init; }

    /// <summary>Gets the number of deliveries with an attempt over 1 since the broker was opened.</summary>
    public long Redelivered { get; init; }

    /// <summary>Gets the number of messages dropped since the broker was opened, because the queue or the backlog was full or dead-lettering is off.</summary>
    public long Dropped { get; init; }

    /// <summary>Gets the number of messages met since the broker was opened that the store could not give back because they are damaged:
    /// passed over where that was asked for, otherwise still there, with the subscription waiting before them.</summary>
    public long Damaged { get; init; }

    /// <summary>Gets the number of messages that passed the subscription by since the broker was opened, while it was suspended.</summary>
    public long Missed { get; init; }
}
