using Messaging.Testing.Checkers;
using Messaging.Testing.Histories;

namespace Messaging.Crash.Tests.Faults;

/// <summary>What came of one fault.</summary>
/// <param name="Point">The fault, as it was ordered.</param>
/// <param name="Hits">How often it struck.</param>
/// <param name="Refusals">How many calls were refused for certain.</param>
/// <param name="Unknowns">How many calls ended in doubt.</param>
/// <param name="Openings">How often the broker was opened.</param>
/// <param name="Wrong">What was wrong: told by the process, or found by the checkers.</param>
/// <param name="Confirmed">How many sends and settlements were confirmed.</param>
internal sealed record FaultOutcome(string Point, int Hits, int Refusals, int Unknowns, int Openings, IReadOnlyList<string> Wrong, int Confirmed)
{
    /// <summary>Reads the story of one fault.</summary>
    /// <param name="point">The fault.</param>
    /// <param name="lines">What the process told between its beginning and its end.</param>
    /// <param name="end">The line of its end; <see langword="null"/> when the process ended before.</param>
    public static FaultOutcome Of(string point, IEnumerable<string> lines, string? end)
    {
        var history = new History();
        List<string> wrong = [];
        foreach (string line in lines)
        {
            if (!history.AddLine(line) && line.StartsWith("WRONG ", StringComparison.Ordinal))
            {
                wrong.Add(line["WRONG ".Length..]);
            }
        }

        if (end is null)
        {
            wrong.Add("the process ended");
            return new FaultOutcome(point, 0, 0, 0, 0, wrong, 0);
        }

        int[] numbers = [.. end.Split(' ').Skip(1).Select(number => int.Parse(number, System.Globalization.CultureInfo.InvariantCulture))];
        wrong.AddRange(Checker.Check(history).Select(violation => violation.ToString()));
        int confirmed = history.Events.Count(happened => happened is
        {
            Operation: HistoryOperation.Send or HistoryOperation.Ack or HistoryOperation.Nack or HistoryOperation.DeadLetter,
            Outcome: HistoryOutcome.Ok,
        });
        return new FaultOutcome(point, numbers[0], numbers[1], numbers[2], numbers[3], wrong, confirmed);
    }
}
