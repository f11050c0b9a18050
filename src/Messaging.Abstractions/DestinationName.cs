using System.Buffers;

namespace Messaging;

/// <summary>The rule for names of queues, topics and subscriptions, and for patterns of topics.</summary>
/// <remarks>
/// A name is tokens of <c>[A-Za-z0-9_-]</c> separated by single dots, at most 255 bytes, compared ordinally. In a
/// pattern a whole token may be <c>*</c> (exactly one token) or <c>#</c> (zero or more).
/// </remarks>
public static class DestinationName
{
    /// <summary>The greatest length of a name or pattern, in bytes.</summary>
    public const int MaxLength = 255;

    private static readonly SearchValues<char> _tokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <summary>Checks a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="parameterName">The caller's parameter, for the exception.</param>
    /// <returns>The name.</returns>
    /// <exception cref="ArgumentException">It breaks the rule; the message shows it and the rule.</exception>
    public static string Validate(string name, string parameterName = "name")
    {
        ArgumentNullException.ThrowIfNull(name, parameterName);
        return IsValid(name, wildcards: false)
            ? name
            : throw new ArgumentException(
                $"The name {Show(name)} is not valid: it must be tokens of A-Z, a-z, 0-9, '_' and '-' separated by single dots, at most {MaxLength} bytes.",
                parameterName);
    }

    /// <summary>Checks a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="parameterName">The caller's parameter, for the exception.</param>
    /// <returns>The pattern.</returns>
    /// <exception cref="ArgumentException">It breaks the rule; the message shows it and the rule.</exception>
    public static string ValidatePattern(string pattern, string parameterName = "pattern")
    {
        ArgumentNullException.ThrowIfNull(pattern, parameterName);
        return IsValid(pattern, wildcards: true)
            ? pattern
            : throw new ArgumentException(
                $"The pattern {Show(pattern)} is not valid: it must be a name in which whole tokens may be '*' or '#', at most {MaxLength} bytes.",
                parameterName);
    }

    private static bool IsValid(string name, bool wildcards)
    {
        if (name.Length is 0 or > MaxLength)
        {
            return false;
        }

        foreach (Range range in name.AsSpan().Split('.'))
        {
            ReadOnlySpan<char> token = name.AsSpan(range);
            bool wildcard = wildcards && token is "*" or "#";
            if (token.IsEmpty || (!(wildcards && wildcard) && token.ContainsAnyExcept(_tokenCharacters)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Quotes a bad name for a message: shortened, with control characters made visible.</summary>
    private static string Show(string name)
    {
        ReadOnlySpan<char> head = name.AsSpan(0, Math.Min(name.Length, 40));
        var text = new System.Text.StringBuilder("'");
        foreach (char c in head)
        {
            if (char.IsControl(c) || char.IsSurrogate(c))
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                text.Append(c);
            }
        }

        return text.Append(name.Length > head.Length ? $"…' ({name.Length:N0} characters)" : "'").ToString();
    }
}
