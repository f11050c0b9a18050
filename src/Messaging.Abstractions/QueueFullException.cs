namespace Messaging;

/// <summary>A destination at its capacity, or a batch that can never fit; nothing was sent.</summary>
public sealed class QueueFullException : MessagingException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="destination">The queue or topic.</param>
    /// <param name="capacity">Its capacity in messages.</param>
    public QueueFullException(string destination, long capacity)
        : base($"'{destination}' holds its capacity of {capacity:N0} messages. Nothing was sent.")
    {
        Destination = destination;
        Capacity = capacity;
    }

    /// <summary>Gets the queue or topic.</summary>
    public string Destination { get; }

    /// <summary>Gets its capacity in messages.</summary>
    public long Capacity { get; }
}
