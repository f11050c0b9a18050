namespace Messaging;

/// <summary>A commit that failed in a way that leaves open whether it will be there after reopening.</summary>
/// <remarks>The broker confirms nothing more until it is opened again. A send can be repeated then under the id that the exception
/// names: if the first one was stored, the repetition adds nothing, and its receipt says <see cref="Receipt.IsDuplicate"/>.</remarks>
public sealed class StoreOutcomeUnknownException : StoreException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public StoreOutcomeUnknownException(string message, Exception? innerException = null)
        : base(message, innerException) =>
        MustReopen = true;

    /// <summary>Gets the ids to repeat the send with: one for a message, one for each message of a batch in its order.</summary>
    /// <value>Empty where nothing was sent. An id that the sender gave is recognized within the deduplication window, however often
    /// the broker is opened; an id that the broker gave only by the next opening, and, of a delayed message, only while it is scheduled.</value>
    public IReadOnlyList<MessageId> MessageIds { get; init; } = [];
}
