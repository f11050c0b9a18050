namespace Messaging;

/// <summary>What had become of a message when it was sent again.</summary>
public enum PreviousSend
{
    /// <summary>It is in its queue or topic, and somebody has not settled it: the queue's consumers, or a subscription to the topic.</summary>
    Waiting = 1,

    /// <summary>It is scheduled: it enters its queue or topic when it is due. <see cref="IMessageBroker.CancelAsync"/> cancels it and frees its id.</summary>
    Scheduled = 2,

    /// <summary>Everybody has settled it: it was acknowledged, went to the dead letters, or was dropped.</summary>
    Settled = 3,
}
