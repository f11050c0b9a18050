namespace Messaging;

/// <summary>A sender of messages to one queue or topic.</summary>
/// <typeparam name="T">The type of the bodies.</typeparam>
/// <remarks>
/// All members may be called from any thread. A producer holds nothing: disposing it waits, as
/// <see cref="FlushAsync"/> does, and refuses further sends.
/// </remarks>
public interface IProducer<T> : IAsyncDisposable
{
    /// <summary>Sends one message.</summary>
    /// <param name="body">The body.</param>
    /// <param name="options">Id, headers and delay; <see langword="null"/> means none.</param>
    /// <param name="cancellationToken">Cancelled before the message is accepted, nothing is sent. Cancelled later, only
    /// the wait ends, and the message may be delivered.</param>
    /// <returns>A task that completes when the message is as durable as the destination's <see cref="Durability"/>.</returns>
    /// <exception cref="ArgumentNullException">The body is null and of a type of bytes, which has no null in a store: send an empty one. Nothing was sent.</exception>
    /// <exception cref="BodyFormatException">The body cannot be serialized, or it is text with half of a surrogate pair, which JSON would change.
    /// Nothing was sent.</exception>
    /// <exception cref="MessageTooLargeException">The body or the headers are over the limit. Nothing was sent.</exception>
    /// <exception cref="QueueFullException">The destination is full and refuses. Nothing was sent.</exception>
    /// <exception cref="InvalidOperationException">The message is to be scheduled, and one of its id is scheduled already. Nothing was sent.</exception>
    /// <exception cref="StoreException">The store refused for certain. Nothing was sent.</exception>
    /// <exception cref="StoreOutcomeUnknownException">The store failed while it wrote: the message may be there after
    /// reopening. Send it again with the same <see cref="SendOptions.MessageId"/>.</exception>
    ValueTask<Receipt> SendAsync(T body, SendOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Sends messages in their order, in one commit where the store has commits: all of them or none.</summary>
    /// <param name="messages">The messages. The batch must fit the destination's capacity. The collection is enumerated once, before the first
    /// wait; its <see cref="IReadOnlyCollection{T}.Count"/> is not asked. What the enumeration throws is thrown, and nothing is sent.</param>
    /// <param name="cancellationToken">As in <see cref="SendAsync"/>.</param>
    /// <returns>One receipt per message that the enumeration gave, in order.</returns>
    ValueTask<IReadOnlyList<Receipt>> SendBatchAsync(IReadOnlyCollection<Message<T>> messages, CancellationToken cancellationToken = default);

    /// <summary>Waits until every send that was started on this producer has ended, one way or the other.</summary>
    /// <param name="cancellationToken">Ends the wait only.</param>
    ValueTask FlushAsync(CancellationToken cancellationToken = default);
}
