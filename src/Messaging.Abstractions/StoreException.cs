namespace Messaging;

/// <summary>A store that refused or failed. Unless it is a <see cref="StoreOutcomeUnknownException"/>, nothing of the call was stored.</summary>
public class StoreException : MessagingException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened, and what to do.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public StoreException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Gets a value indicating whether the store takes nothing more until it is opened again: it is in doubt about itself.</summary>
    /// <value>The default value is <see langword="false"/>: what was refused can be tried again.</value>
    public bool MustReopen { get; init; }
}
