namespace Messaging;

/// <summary>A body or headers over the limit; nothing was sent.</summary>
public sealed class MessageTooLargeException : MessagingException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="what">What is too large, for the message.</param>
    /// <param name="actual">How large it is.</param>
    /// <param name="limit">The limit, in the same unit.</param>
    public MessageTooLargeException(string what, long actual, long limit)
        : base($"{what}: {actual:N0} is over the limit of {limit:N0}. Nothing was sent.")
    {
        Actual = actual;
        Limit = limit;
    }

    /// <summary>Gets how large it is.</summary>
    public long Actual { get; }

    /// <summary>Gets the limit.</summary>
    public long Limit { get; }
}
