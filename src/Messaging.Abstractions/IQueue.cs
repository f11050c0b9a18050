namespace Messaging;

/// <summary>A point-to-point destination: a log of messages with one subscription, shared by its consumers.</summary>
/// <remarks>First deliveries are in the order of sending; a redelivered message may come later.</remarks>
public interface IQueue : ISubscription
{
    /// <summary>Creates a producer.</summary>
    /// <typeparam name="T">The type of the bodies; <see cref="ReadOnlyMemory{T}"/> of bytes passes through as it is.</typeparam>
    IProducer<T> Producer<T>();
}
