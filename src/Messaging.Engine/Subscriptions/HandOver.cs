namespace Messaging.Subscriptions;

/// <summary>What became of a message that was to be handed to a consumer.</summary>
internal enum HandOver
{
    /// <summary>It went back: the consumer has gone, or deliveries are paused.</summary>
    Refused,

    /// <summary>It is leased.</summary>
    Granted,

    /// <summary>It had failed as often as it may, and is to be given up.</summary>
    Exhausted,
}
