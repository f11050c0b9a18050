namespace Messaging;

/// <summary>A body that cannot be written or read as the type asked for.</summary>
public sealed class BodyFormatException : MessagingException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What could not be read or written.</param>
    /// <param name="innerException">The serializer's exception.</param>
    public BodyFormatException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
