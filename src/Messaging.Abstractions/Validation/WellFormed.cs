using System.Text;

namespace Messaging.Validation;

/// <summary>The rule for texts that are stored: each surrogate has its other half. UTF-8 cannot hold half of a pair, so a file would change it.</summary>
internal static class WellFormed
{
    private const char FirstSurrogate = '\ud800';
    private const char LastSurrogate = '\udfff';
    private const char Replacement = '\ufffd';

    /// <summary>Finds the first surrogate without its other half.</summary>
    /// <returns>Its index; -1 if there is none.</returns>
    public static int IndexOfHalf(ReadOnlySpan<char> text)
    {
        for (int at = 0; at < text.Length;)
        {
            int found = text[at..].IndexOfAnyInRange(FirstSurrogate, LastSurrogate);
            if (found < 0)
            {
                return -1;
            }

            at += found;
            if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
            {
                return at;
            }

            at += 2;
        }

        return -1;
    }

    /// <summary>Gets a text in which each half of a pair is replaced, as a store would do it.</summary>
    public static string Of(string text)
    {
        int half = IndexOfHalf(text);
        if (half < 0)
        {
            return text;
        }

        char[] letters = text.ToCharArray();
        for (int at = half; half >= 0; at += half)
        {
            letters[at] = Replacement;
            half = IndexOfHalf(letters.AsSpan(at));
        }

        return new string(letters);
    }

    /// <summary>Checks a text that must be stored as it is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <param name="parameterName">The caller's parameter, for the exception.</param>
    /// <exception cref="ArgumentException">It has half of a surrogate pair.</exception>
    public static void Demand(string text, string what, string parameterName)
    {
        int half = IndexOfHalf(text);
        if (half >= 0)
        {
            throw new ArgumentException(
                $"{what} has half of a surrogate pair (\\u{(int)text[half]:x4}) at index {half}, which UTF-8 cannot store. "
                + "Give well-formed text, or bytes as Base64.",
                parameterName);
        }
    }

    /// <summary>Quotes a text for a message: shortened, with control characters and surrogates made visible.</summary>
    public static string Quote(string text)
    {
        const int Shown = 40;
        var quoted = new StringBuilder("'");
        foreach (char letter in text.AsSpan(0, Math.Min(text.Length, Shown)))
        {
            if (char.IsControl(letter) || char.IsSurrogate(letter))
            {
                quoted.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}");
            }
            else
            {
                quoted.Append(letter);
            }
        }

        return quoted.Append(text.Length > Shown ? $"…' ({text.Length:N0} characters)" : "'").ToString();
    }
}
