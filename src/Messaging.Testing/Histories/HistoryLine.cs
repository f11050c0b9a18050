using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Messaging.Testing.Histories;

/// <summary>The line that an event is written as: time, client, operation, outcome, then what there is as <c>name=value</c>.</summary>
/// <remarks>
/// <para>For instance <c>250 1 Deliver Ok q=orders m=a e=1 t=7 s=3 n=1 .</c>; the names are d for the destination, q the subscription, m the
/// message, b the batch, k the key, e the epoch, t the token, s the sequence number, n the attempt, f the failures, u the due time and x
/// the note. What is empty or 0 is left out.</para>
/// <para>The note comes last and may hold blanks; in other values they are written <c>%20</c>, as are line breaks and the percent sign
/// everywhere in their own codes. The point at the end tells a whole line from one that a crash cut off.</para>
/// </remarks>
public static class HistoryLine
{
    private const string NoteName = "x=";
    private const string End = " .";

    /// <summary>Writes an event as a line, without a line break.</summary>
    /// <param name="happened">The event.</param>
    public static string Write(HistoryEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        var line = new StringBuilder();
        line.Append(CultureInfo.InvariantCulture, $"{happened.Time} {happened.Client} {happened.Operation} {happened.Outcome}");
        Add(line, "d", happened.Destination);
        Add(line, "q", happened.Subscription);
        Add(line, "m", happened.Message);
        Add(line, "b", happened.Batch);
        Add(line, "k", happened.Key);
        Add(line, "e", happened.Epoch);
        Add(line, "t", happened.Token);
        Add(line, "s", happened.Sequence);
        Add(line, "n", happened.Attempt);
        Add(line, "f", happened.Failures);
        Add(line, "u", happened.Due);
        if (happened.Note.Length > 0)
        {
            // The note must not hold what ends a line.
            line.Append(' ').Append(NoteName).Append(Escape(happened.Note).Replace(End, "%20.", StringComparison.Ordinal));
        }

        return line.Append(End).ToString();
    }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line without a line break.</param>
    /// <param name="happened">The event.</param>
    /// <returns>Whether it is a line of a history, and a whole one.</returns>
    public static bool TryRead(string? line, [NotNullWhen(true)] out HistoryEvent? happened)
    {
        happened = null;
        if (!IsWhole(line))
        {
            return false;
        }

        line = line[..^End.Length];
        int noteAt = line.IndexOf(" " + NoteName, StringComparison.Ordinal);
        string note = noteAt < 0 ? "" : Uri.UnescapeDataString(line[(noteAt + 1 + NoteName.Length)..]);
        string[] fields = (noteAt < 0 ? line : line[..noteAt]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 4
            || !TryRead(fields[0], out long time)
            || !TryRead(fields[1], out int client)
            || !Enum.TryParse(fields[2], out HistoryOperation operation)
            || !Enum.TryParse(fields[3], out HistoryOutcome outcome))
        {
            return false;
        }

        HistoryEvent? read = new() { Time = time, Client = client, Operation = operation, Outcome = outcome, Note = note };
        foreach (string field in fields.AsSpan(4))
        {
            read = With(read, field);
            if (read is null)
            {
                return false;
            }
        }

        happened = read;
        return true;
    }

    /// <summary>Tells whether a line ends as whole ones do.</summary>
    internal static bool IsWhole([NotNullWhen(true)] string? line) => line is not null && line.EndsWith(End, StringComparison.Ordinal);

    private static HistoryEvent? With(HistoryEvent happened, string field)
    {
        int at = field.IndexOf('=', StringComparison.Ordinal);
        string value = Uri.UnescapeDataString(field[(at + 1)..]);
        return field[..Math.Max(0, at)] switch
        {
            "d" => happened with { Destination = value },
            "q" => happened with { Subscription = value },
            "m" => happened with { Message = value },
            "b" => happened with { Batch = value },
            "k" => happened with { Key = value },
            "e" when TryRead(value, out uint epoch) => happened with { Epoch = epoch },
            "t" when TryRead(value, out long token) => happened with { Token = token },
            "s" when TryRead(value, out long sequence) => happened with { Sequence = sequence },
            "n" when TryRead(value, out int attempt) => happened with { Attempt = attempt },
            "f" when TryRead(value, out int failures) => happened with { Failures = failures },
            "u" when TryRead(value, out long due) => happened with { Due = due },
            _ => null,
        };
    }

    private static bool TryRead<T>(string text, out T number)
        where T : struct, INumber<T> => T.TryParse(text, CultureInfo.InvariantCulture, out number);

    private static string Escape(string text) =>
        text.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static void Add(StringBuilder line, string name, string value)
    {
        if (value.Length > 0)
        {
            line.Append(' ').Append(name).Append('=').Append(Escape(value).Replace(" ", "%20", StringComparison.Ordinal));
        }
    }

    private static void Add(StringBuilder line, string name, long value)
    {
        if (value != 0)
        {
            line.Append(CultureInfo.InvariantCulture, $" {name}={value}");
        }
    }
}
