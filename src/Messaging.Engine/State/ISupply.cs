namespace Messaging.State;

/// <summary>Where the messages come from that consumers wait for, as <see cref="Demand"/> sees it.</summary>
internal interface ISupply
{
    /// <summary>Gets a value indicating whether a further message can be offered.</summary>
    bool HasRoom { get; }

    /// <summary>Offers what there is.</summary>
    /// <returns>Whether there was anything.</returns>
    bool TryFill();

    /// <summary>Determines whether a new message can be offered.</summary>
    bool HasFresh();

    /// <summary>Determines whether an offered message was taken since acks were settled last.</summary>
    bool HasTaken();

    /// <summary>Determines whether a message was acknowledged since acks were settled last.</summary>
    bool HasAcked();

    /// <summary>Wakes the consumers that wait.</summary>
    void Wake();
}
