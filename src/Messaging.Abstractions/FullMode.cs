namespace Messaging;

/// <summary>What happens to a send when the destination is full.</summary>
public enum FullMode
{
    /// <summary>The send waits for room.</summary>
    Wait,

    /// <summary>The send fails with <see cref="QueueFullException"/>.</summary>
    Refuse,

    /// <summary>The oldest message that nobody holds is dropped and counted; if all are held, the send is refused.</summary>
    DropOldest,
}
