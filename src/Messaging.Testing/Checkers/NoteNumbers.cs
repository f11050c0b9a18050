using System.Globalization;
using Messaging.Testing.Histories;

namespace Messaging.Testing.Checkers;

/// <summary>The numbers that a note names, as <c>ready=3 leased=1</c>.</summary>
internal static class NoteNumbers
{
    public static Dictionary<string, long> Of(HistoryEvent happened)
    {
        var numbers = new Dictionary<string, long>();
        foreach (string part in happened.Note.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int at = part.IndexOf('=', StringComparison.Ordinal);
            if (at > 0 && long.TryParse(part.AsSpan(at + 1), CultureInfo.InvariantCulture, out long value))
            {
                numbers[part[..at]] = value;
            }
        }

        return numbers;
    }
}
