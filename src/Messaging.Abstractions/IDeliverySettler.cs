namespace Messaging;

/// <summary>The party that settles deliveries: the engine, or a transport.</summary>
/// <remarks>Called by <see cref="Delivery{T}"/>; applications do not use it. A token that is no longer valid changes nothing.</remarks>
public interface IDeliverySettler
{
    /// <summary>Acknowledges.</summary>
    /// <param name="token">The delivery's token.</param>
    /// <param name="cancellationToken">Ends the wait for the commit.</param>
    ValueTask<Settlement> AckAsync(DeliveryToken token, CancellationToken cancellationToken);

    /// <summary>Reports a failure: the message is retried or dead-lettered.</summary>
    /// <param name="token">The delivery's token.</param>
    /// <param name="delay">Overrides the retry policy's delay.</param>
    /// <param name="reason">What went wrong.</param>
    /// <param name="cancellationToken">Ends the wait for the commit.</param>
    ValueTask<Settlement> NackAsync(DeliveryToken token, TimeSpan? delay, string? reason, CancellationToken cancellationToken);

    /// <summary>Gives the message up.</summary>
    /// <param name="token">The delivery's token.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Ends the wait for the commit.</param>
    ValueTask<Settlement> DeadLetterAsync(DeliveryToken token, string reason, CancellationToken cancellationToken);

    /// <summary>Lets the lease end a given time from now.</summary>
    /// <param name="token">The delivery's token.</param>
    /// <param name="duration">The time from now.</param>
    Settlement Extend(DeliveryToken token, TimeSpan duration);

    /// <summary>Gets a token that is cancelled when the lease is lost.</summary>
    /// <param name="token">The delivery's token.</param>
    CancellationToken GetLeaseLost(DeliveryToken token);
}
