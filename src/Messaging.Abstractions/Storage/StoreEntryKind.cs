namespace Messaging.Storage;

/// <summary>The kinds of <see cref="StoreEntry"/>. The numbers are stored.</summary>
public enum StoreEntryKind
{
    /// <summary>A queue: a log and its one subscription.</summary>
    Queue = 1,

    /// <summary>A topic: a log.</summary>
    Topic = 2,

    /// <summary>A subscription to topics.</summary>
    Subscription = 3,

    /// <summary>The log of the dead letters of a queue or subscription.</summary>
    DeadLetters = 4,

    /// <summary>The log of the messages redriven to one subscription to topics.</summary>
    Redriven = 5,
}
