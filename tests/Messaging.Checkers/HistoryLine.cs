using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Messaging.Checkers;

/// <summary>The line that an event is written as: time, client, operation, outcome, then what there is as <c>name=value</c>.</summary>
/// <remarks>Values hold no blanks, but for the note, which comes last. A line that was cut off is not read.</remarks>
public static class HistoryLine
{
    private const string NoteName = "x=";

    /// <summary>Writes an event as a line, without its end.</summary>
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
            line.Append(' ').Append(NoteName).Append(happened.Note.ReplaceLineEndings(" "));
        }

        // The end mark tells a whole line from one that a crash cut off.
        return line.Append(" .").ToString();
    }

    /// <summary>Reads a line.</summary>
    /// <returns>Whether it is a whole one.</returns>
    public static bool TryRead(string? line, [NotNullWhen(true)] out HistoryEvent? happened)
    {
        happened = null;
        if (line is null || !line.EndsWith(" .", StringComparison.Ordinal))
        {
            return false;
        }

        line = line[..^2];
        int noteAt = line.IndexOf(" " + NoteName, StringComparison.Ordinal);
        string note = noteAt < 0 ? "" : line[(noteAt + 1 + NoteName.Length)..];
        string[] fields = (noteAt < 0 ? line : line[..noteAt]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 4
            || !long.TryParse(fields[0], CultureInfo.InvariantCulture, out long time)
            || !int.TryParse(fields[1], CultureInfo.InvariantCulture, out int client)
            || !Enum.TryParse(fields[2], out HistoryOperation operation)
            || !Enum.TryParse(fields[3], out HistoryOutcome outcome))
        {
            return false;
        }

        happened = new HistoryEvent { Time = time, Client = client, Operation = operation, Outcome = outcome, Note = note };
        foreach (string field in fields.AsSpan(4))
        {
            happened = With(happened, field);
        }

        return true;
    }

    private static HistoryEvent With(HistoryEvent happened, string field)
    {
        int at = field.IndexOf('=', StringComparison.Ordinal);
        string value = field[(at + 1)..];
        return field[..Math.Max(0, at)] switch
        {
            "d" => happened with { Destination = value },
            "q" => happened with { Subscription = value },
            "m" => happened with { Message = value },
            "b" => happened with { Batch = value },
            "k" => happened with { Key = value },
            "e" => happened with { Epoch = uint.Parse(value, CultureInfo.InvariantCulture) },
            "t" => happened with { Token = Number(value) },
            "s" => happened with { Sequence = Number(value) },
            "n" => happened with { Attempt = (int)Number(value) },
            "f" => happened with { Failures = (int)Number(value) },
            "u" => happened with { Due = Number(value) },
            _ => throw new FormatException($"'{field}' is not a field of a history line."),
        };
    }

    private static long Number(string value) => long.Parse(value, CultureInfo.InvariantCulture);

    private static void Add(StringBuilder line, string name, string value)
    {
        if (value.Length > 0)
        {
            if (value.Contains(' ', StringComparison.Ordinal))
            {
                throw new FormatException($"'{value}' holds a blank: only the note of an event may.");
            }

            line.Append(' ').Append(name).Append('=').Append(value);
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
