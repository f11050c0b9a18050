namespace Messaging;

/// <summary>A receiver of messages from one subscription, competing with the subscription's other consumers.</summary>
/// <typeparam name="T">The type of the bodies.</typeparam>
/// <remarks>
/// All members may be called from any thread. Each delivery is leased for <see cref="ConsumerOptions.LeaseDuration"/>
/// from the moment it is handed over. Disposing returns what is unsettled, without counting a failure.
/// </remarks>
public interface IConsumer<T> : IAsyncDisposable
{
    /// <summary>Receives messages as they come, for as long as the token allows.</summary>
    /// <param name="cancellationToken">Ends the enumeration with <see cref="OperationCanceledException"/>.</param>
    IAsyncEnumerable<Delivery<T>> ReadAllAsync(CancellationToken cancellationToken = default);

    /// <summary>Receives one message, waiting for it.</summary>
    /// <param name="cancellationToken">Ends the wait; no message is taken.</param>
    ValueTask<Delivery<T>> ReceiveAsync(CancellationToken cancellationToken = default);

    /// <summary>Receives one message if one is ready in memory.</summary>
    /// <remarks>It does not wait for the store. Beside a backlog that is still in the store, as after an opening, it has the backlog read and
    /// returns <see langword="false"/>; <see cref="ReceiveBatchAsync"/> with a wait of zero gets what is there.</remarks>
    /// <param name="delivery">The delivery, if there was one.</param>
    /// <returns>Whether there was one.</returns>
    bool TryReceive(out Delivery<T> delivery);

    /// <summary>Receives up to a number of messages, waiting for the first one only.</summary>
    /// <remarks>It returns as many messages as are there, up to the number, also those that must be read from the store first: for them it waits
    /// until they are read. If a read fails, or the store refuses an acknowledgement on receipt, it returns what it has.</remarks>
    /// <param name="maxMessages">The most to return, 1 to 65,536.</param>
    /// <param name="maxWait">How long to wait for the first; zero waits for no new message, <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.</param>
    /// <param name="cancellationToken">Ends the wait. Messages that were taken before are returned; if there are none, no message is taken.</param>
    /// <returns>The deliveries; none if the time was up, or for a wait of zero if no message was there.</returns>
    ValueTask<IReadOnlyList<Delivery<T>>> ReceiveBatchAsync(int maxMessages, TimeSpan maxWait, CancellationToken cancellationToken = default);
}
