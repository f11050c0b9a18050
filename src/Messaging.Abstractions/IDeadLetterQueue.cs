namespace Messaging;

/// <summary>The messages that one subscription has given up, with the reason of each.</summary>
/// <remarks>They take no part in delivery until they are redriven. All members may be called from any thread.</remarks>
public interface IDeadLetterQueue
{
    /// <summary>Gets the number of messages held.</summary>
    long Count { get; }

    /// <summary>Looks at the messages, oldest first. Looking changes nothing and counts nothing.</summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    IAsyncEnumerable<DeadLetter> PeekAsync(CancellationToken cancellationToken = default);

    /// <summary>Returns messages to their subscription as new ones, with their counts at zero; each moves in one transaction.</summary>
    /// <param name="where">Chooses; <see langword="null"/> means all that are there now.</param>
    /// <param name="cancellationToken">Ends the work between two messages.</param>
    /// <returns>The number of messages moved.</returns>
    ValueTask<long> RedriveAsync(Func<DeadLetter, bool>? where = null, CancellationToken cancellationToken = default);

    /// <summary>Deletes messages.</summary>
    /// <param name="where">Chooses; <see langword="null"/> means all that are there now.</param>
    /// <param name="cancellationToken">Ends the work between two messages.</param>
    /// <returns>The number of messages deleted.</returns>
    ValueTask<long> PurgeAsync(Func<DeadLetter, bool>? where = null, CancellationToken cancellationToken = default);
}
