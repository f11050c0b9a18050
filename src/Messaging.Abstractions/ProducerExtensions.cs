using System.Diagnostics.CodeAnalysis;

namespace Messaging;

/// <summary>Shorter ways to send.</summary>
public static class ProducerExtensions
{
    /// <summary>Sends one message without options.</summary>
    /// <inheritdoc cref="IProducer{T}.SendAsync"/>
    public static ValueTask<Receipt> SendAsync<T>(this IProducer<T> producer, T body, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(producer);
        return producer.SendAsync(body, options: null, cancellationToken);
    }

    /// <summary>Sends bodies without options in their order, in one commit where the store has commits: all of them or none.</summary>
    /// <typeparam name="T">The type of the bodies.</typeparam>
    /// <param name="producer">The producer.</param>
    /// <param name="bodies">The bodies. They are enumerated once, before the first wait. An exception of the enumeration is thrown, and nothing is sent.</param>
    /// <param name="cancellationToken">As in <see cref="IProducer{T}.SendAsync"/>.</param>
    /// <returns>One receipt per body, in order.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "What the enumeration throws is thrown where the send is awaited, as with a batch of messages.")]
    public static ValueTask<IReadOnlyList<Receipt>> SendBatchAsync<T>(
        this IProducer<T> producer, IEnumerable<T> bodies, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(producer);
        ArgumentNullException.ThrowIfNull(bodies);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<IReadOnlyList<Receipt>>(cancellationToken);
        }

        var messages = new List<Message<T>>();
        try
        {
            foreach (T body in bodies)
            {
                messages.Add(new Message<T>(body));
            }
        }
        catch (Exception exception)
        {
            return ValueTask.FromException<IReadOnlyList<Receipt>>(exception);
        }

        return producer.SendBatchAsync(messages, cancellationToken);
    }
}
