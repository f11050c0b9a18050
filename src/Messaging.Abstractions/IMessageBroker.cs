namespace Messaging;

/// <summary>A message broker: the owner of queues, topics, subscriptions and of the messages in them.</summary>
/// <remarks>
/// <para>All members may be called from any thread. Disposing loses nothing: handlers get nothing new, running ones
/// finish within their limit, and unsettled messages return to their subscriptions. Until the running handlers have finished, only new handlers are
/// refused: sends, acks and reads go on, by anybody. From then on every member throws <see cref="ObjectDisposedException"/>.</para>
/// <para>A handler that disposes its broker does not wait for itself: the closing begins, and the handler goes on at once. A failure of such a
/// closing is logged.</para>
/// </remarks>
public interface IMessageBroker : IAsyncDisposable
{
    /// <summary>Gets the durable subscriptions to topics, in no particular order. <see cref="ISubscription.LastActivity"/>
    /// tells those that nobody uses any more, which <see cref="UnsubscribeAsync"/> deletes.</summary>
    IReadOnlyCollection<ISubscription> Subscriptions { get; }

    /// <summary>Gets the queue of this name, creating it when it is not there.</summary>
    /// <param name="name">The name: tokens of <c>[A-Za-z0-9_-]</c> separated by single dots, at most 255 bytes, compared ordinally.</param>
    /// <param name="options">The options; <see langword="null"/> means those in force, or the defaults for a new queue.
    /// Options are not stored: give them again after a restart.</param>
    /// <exception cref="ArgumentException">The name breaks the rule.</exception>
    /// <exception cref="InvalidOperationException">The queue is in use with other options.</exception>
    IQueue Queue(string name, QueueOptions? options = null);

    /// <summary>Gets the topic of this name, creating it when it is not there.</summary>
    /// <param name="name">The name, by the rule of <see cref="Queue"/>.</param>
    /// <param name="options">The options; <see langword="null"/> means those in force, or the defaults for a new topic.</param>
    /// <exception cref="ArgumentException">The name breaks the rule.</exception>
    /// <exception cref="InvalidOperationException">The topic is in use with other options.</exception>
    ITopic Topic(string name, TopicOptions? options = null);

    /// <summary>Gets the durable subscription of this name, creating it when it is not there.</summary>
    /// <param name="pattern">The topics: a topic name in which <c>*</c> stands for one token and <c>#</c> for zero or more.</param>
    /// <param name="name">The subscription's name, by the rule of <see cref="Queue"/>. Callers who give the same name share the messages.</param>
    /// <param name="options">The options; <see langword="null"/> means those in force, or the defaults for a new subscription.</param>
    /// <param name="cancellationToken">Ends the wait; the subscription may have been created.</param>
    /// <returns>The subscription, once it is as durable as the store. A new one receives what is sent from then on.</returns>
    /// <exception cref="ArgumentException">The pattern or the name breaks the rule.</exception>
    /// <exception cref="InvalidOperationException">A subscription of this name has another pattern or is in use with other options.</exception>
    ValueTask<ISubscription> SubscribeAsync(string pattern, string name, SubscriptionOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Deletes a subscription with all it has not consumed, its dead letters included.</summary>
    /// <param name="name">The subscription's name.</param>
    /// <param name="cancellationToken">Ends the wait; the subscription may have been deleted.</param>
    /// <returns><see langword="true"/> if it was there; <see langword="false"/> if it is gone, also when another call has just deleted it.</returns>
    ValueTask<bool> UnsubscribeAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Cancels a scheduled message. Its id is free again: a message sent under it from then on is new.</summary>
    /// <param name="messageId">The id from the <see cref="Receipt"/>.</param>
    /// <param name="cancellationToken">Ends the wait; the message may have been cancelled.</param>
    /// <returns><see langword="true"/> if the message will never be delivered because of this call;
    /// <see langword="false"/> if it is not scheduled: unknown, due already, or cancelled before. Either answer comes when it is stored.</returns>
    ValueTask<bool> CancelAsync(MessageId messageId, CancellationToken cancellationToken = default);

    /// <summary>Writes a copy of the broker's store while the broker works; opened, it is a broker as of some moment during the call.</summary>
    /// <param name="path">Where to write it: a file that is not there yet, in a directory that is. It appears when it is complete
    /// and on the disk. Nothing that exists is replaced.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing is left of it.</param>
    /// <returns>Completes when the copy is complete: all that was confirmed before the call is in it.</returns>
    /// <exception cref="ArgumentException">The path is empty, or no path: a connection string, for instance.</exception>
    /// <exception cref="NotSupportedException">The broker keeps everything in memory.</exception>
    /// <exception cref="StoreException">The copy cannot be written there; nothing is left of it.</exception>
    ValueTask BackupAsync(string path, CancellationToken cancellationToken = default);
}
