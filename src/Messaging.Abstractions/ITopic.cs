namespace Messaging;

/// <summary>A publish-subscribe destination: each subscription whose pattern matches its name receives every message.</summary>
/// <remarks>A message is stored once, whatever the number of subscriptions. Without a subscription it is not kept.</remarks>
public interface ITopic
{
    /// <summary>Gets the name.</summary>
    string Name { get; }

    /// <summary>Creates a producer.</summary>
    /// <typeparam name="T">The type of the bodies; <see cref="ReadOnlyMemory{T}"/> of bytes passes through as it is.</typeparam>
    IProducer<T> Producer<T>();
}
