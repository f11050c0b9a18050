namespace Messaging;

/// <summary>A commit that failed in a way that leaves open whether it will be there after reopening.</summary>
/// <remarks>The broker confirms nothing more until it is reopened. A send that carried a <see cref="SendOptions.MessageId"/> can be
/// repeated then: if it was stored, the repetition is a duplicate.</remarks>
public sealed class StoreOutcomeUnknownException : StoreException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public StoreOutcomeUnknownException(string message, Exception? innerException = null)
        : base(message, innerException) =>
        MustReopen = true;
}
