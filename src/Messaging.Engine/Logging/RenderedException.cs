using Messaging.Diagnostics;

namespace Messaging.Logging;

/// <summary>An exception in words, for whoever could not render the exception itself.</summary>
internal sealed class RenderedException(Exception exception) : Exception
{
    private readonly string _message = MessageOf(exception);
    private readonly string _text = SafeText.Of(exception);
    private readonly string? _stack = SafeText.StackOf(exception);

    public override string Message => _message;

    public override string? StackTrace => _stack;

    public override string ToString() => _text;

    private static string MessageOf(Exception exception)
    {
        string type = TypeName.Of(exception.GetType());
        string message = SafeText.MessageOf(exception);
        return message.StartsWith(type, StringComparison.Ordinal) ? message : $"{type}: {message}";
    }
}
