namespace Messaging;

/// <summary>A destination at its capacity, a subscription's backlog at its limit, or a batch that can never fit; nothing was sent.</summary>
public sealed class QueueFullException : MessagingException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="destination">The queue or topic.</param>
    /// <param name="capacity">Its capacity in messages.</param>
    public QueueFullException(string destination, long capacity)
        : this(destination, capacity, $"'{destination}' holds its Capacity of {capacity:N0} messages. Nothing was sent. Send again later, or raise its Capacity.")
    {
    }

    internal QueueFullException(string destination, long capacity, string message)
        : base(message)
    {
        Destination = destination;
        Capacity = capacity;
    }

    /// <summary>Creates the exception for a subscription's backlog.</summary>
    /// <param name="destination">The queue or topic.</param>
    /// <param name="subscription">The subscription.</param>
    /// <param name="limit">The name of the limit, a property of <see cref="BacklogLimit"/>.</param>
    /// <param name="value">The limit's value.</param>
    /// <param name="message">The whole text.</param>
    public QueueFullException(string destination, string subscription, string limit, long value, string message)
        : base(message)
    {
        Destination = destination;
        Subscription = subscription;
        Limit = limit;
        Capacity = value;
    }

    /// <summary>Gets the queue or topic.</summary>
    public string Destination { get; }

    /// <summary>Gets the subscription whose backlog has no room; <see langword="null"/> when it is the destination's own capacity.</summary>
    public string? Subscription { get; }

    /// <summary>Gets the name of the backlog's limit, such as <see cref="BacklogLimit.MaxBytes"/>; <see langword="null"/> for the destination's own capacity.</summary>
    public string? Limit { get; }

    /// <summary>Gets the capacity in messages; of a backlog's limit the value, in messages, bytes, or ticks of 100 ns.</summary>
    public long Capacity { get; }
}
