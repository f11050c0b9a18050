namespace Quickstart;

/// <summary>The report at the end, for people.</summary>
internal static class Report
{
    public static void Print(JobResult result)
    {
        Console.WriteLine();
        Row("sent", $"{result.Lines:N0} lines, each confirmed when it was on disk");
        if (result.Killed is null)
        {
            Row("killed", "not: so few lines were done before the kill came");
        }
        else
        {
            Row("survived", $"{result.Finished.Found:N0} lines waited on disk when the worker was killed");
            Row("sent again", $"{result.Finished.SentTwice:N0} lines: the worker died before it heard that they were on disk; known by their message ids, not added twice");
        }

        Row("redelivered", $"{result.Redelivered:N0} times: the handler had thrown, or died with its process");
        Row("duplicates", $"{result.Finished.HandledTwice:N0} lines handled twice: the worker died between the work and the ack; {result.Repeated:N0} published twice, as their ids are known");
        PrintDeadLetters(result);
        Row("acked", $"{result.Acked:N0} lines");
        Row("lost", $"{result.Lost:N0}");
        Console.WriteLine();
        Row("word-counts", string.Join(", ", result.Words.Top(6).Select(word => $"{word.Key} {word.Value:N0}")) + $" … {result.Words.Count:N0} words");
        if (result.Longest.Line is { } longest)
        {
            Row("longest-line", $"{longest.Text.Length:N0} characters, line {longest.Number:N0} of {Printable(longest.File)}");
        }

        Console.WriteLine();
        Console.WriteLine(result.IsEqual ? "checked: equal to the same counts made without a broker" : "checked: NOT equal to the same counts made without a broker");
    }

    private static void PrintDeadLetters(JobResult result)
    {
        Row("dead-lettered", $"{result.DeadLetters.Count:N0} lines, then redriven with the bug fixed: {result.Redriven:N0}");
        if (result.DeadLetters is [var first, ..])
        {
            string reason = first.Description.Split('\n')[0].Trim();
            Row(string.Empty, $"the first one, after {first.Failures} failures: {Printable(reason)}");
        }
    }

    private static void Row(string name, string text) => Console.WriteLine($"  {name,-14} {text}");

    /// <summary>Text from files is shown without what a terminal would obey.</summary>
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
