using System.Buffers;
using Messaging.Validation;

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
                $"The name {WellFormed.Quote(name)} is not valid: it must be tokens of A-Z, a-z, 0-9, '_' and '-' separated by single dots, at most {MaxLength} bytes.",
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
                $"The pattern {WellFormed.Quote(pattern)} is not valid: it must be a name in which whole tokens may be '*' or '#', at most {MaxLength} bytes.",
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
}
