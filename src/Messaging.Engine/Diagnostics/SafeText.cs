using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Messaging.Validation;

namespace Messaging.Diagnostics;

/// <summary>The words of objects that are not ours. Whatever these do when they are asked, there is a text, and it has a limit.</summary>
/// <remarks>Asking runs code of the user's: never under a lock. Only one that never returns holds its caller.</remarks>
internal static class SafeText
{
    /// <summary>The greatest length of a text, in characters; more is cut off.</summary>
    public const int MaxLength = 16_384;

    private const int MaxDepth = 8;

    /// <summary>Gets what an exception says of itself with its stack, or else as much of it as can be had, beginning with its type.</summary>
    public static string Of(Exception exception) => Ask(exception, static e => e.ToString(), out _) is { } text ? Cut(text, MaxLength) : Compose(exception);

    /// <summary>Gets what an object says of itself, or else its type and why it says nothing.</summary>
    public static string Of(object value)
    {
        string? text = Ask(
            value, static v => v is IFormattable formattable ? formattable.ToString(format: null, CultureInfo.InvariantCulture) : v.ToString(), out string? thrown);
        return Cut(text ?? $"{TypeName.Of(value.GetType())}{Because("ToString", thrown)}", MaxLength);
    }

    /// <summary>Gets an exception's message, or else its type and why it has none.</summary>
    public static string MessageOf(Exception exception)
    {
        string? message = Ask(exception, static e => e.Message, out string? thrown);
        return Cut(message ?? $"{TypeName.Of(exception.GetType())}{Because("Message", thrown)}", MaxLength);
    }

    /// <summary>Gets an exception's stack; <see langword="null"/> where there is none to be had.</summary>
    public static string? StackOf(Exception exception) => Ask(exception, static e => e.StackTrace, out _) is { } stack ? Cut(stack, MaxLength) : null;

    /// <summary>Cuts a text off, never within a character, and makes it well-formed: a store would change half of a surrogate pair, memory would not.</summary>
    public static string Cut(string text, int length)
    {
        if (text.Length > length)
        {
            text = text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
        }

        return WellFormed.Of(text);
    }

    /// <summary>Puts together what an exception's own ToString would have said, leaving out what throws.</summary>
    private static string Compose(Exception exception)
    {
        var text = new StringBuilder();
        Exception? current = exception;
        for (int depth = 0; current is not null && depth < MaxDepth && text.Length < MaxLength; depth++)
        {
            text.Append(depth == 0 ? "" : $"{Environment.NewLine} ---> ").Append(TypeName.Of(current.GetType()));
            string? message = Ask(current, static e => e.Message, out string? thrown);
            text.Append(message is null ? Because("Message", thrown) : $": {message}");
            if (StackOf(current) is { } stack)
            {
                text.AppendLine().Append(stack);
            }

            current = current.InnerException;
        }

        return Cut(text.ToString(), MaxLength);
    }

    private static string Because(string member, string? thrown) => thrown is null ? $" (its {member} says nothing)" : $" (its {member} threw {thrown})";

    [SuppressMessage("Design", "CA1031", Justification = "Whatever an object of the user's throws is no reason to say nothing.")]
    private static string? Ask<T>(T value, Func<T, string?> ask, out string? thrown)
        where T : class
    {
        thrown = null;
        try
        {
            return ask(value) is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;
        }
        catch (Exception exception)
        {
            // Its own words may throw as well.
            thrown = TypeName.Of(exception.GetType());
            return null;
        }
    }
}
