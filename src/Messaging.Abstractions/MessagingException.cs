namespace Messaging;

/// <summary>The base of the exceptions that are about messages and stores rather than about arguments.</summary>
public class MessagingException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened, and what to do.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public MessagingException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
