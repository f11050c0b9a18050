namespace Quickstart;

/// <summary>The report at the end, for people.</summary>
internal static class Report
{
    public static void Print(JobResult result, TimeSpan elapsed)
    {
        Console.WriteLine();
        Row("sent", $"{result.Lines:N0} lines, each confirmed when it was on disk");
        PrintKill(result);
        Row("redelivered", $"{result.Redelivered:N0} times, because a handler threw or died with its process");
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
        Console.WriteLine(result.IsEqual
            ? $"checked: equal to the same counts made without a broker, after {elapsed.TotalSeconds:N1} seconds"
            : "checked: NOT equal to the same counts made without a broker");
    }

    private static void PrintKill(JobResult result)
    {
        WorkerProgress after = result.Finished;
        if (result.Killed is null)
        {
            Row("killed", "not: so few lines were done before the kill came");
            return;
        }

        Row("survived", $"the kill: {after.Found:N0} lines waited on disk, besides {after.FoundDead:N0} dead letters");
        if (after.SentTwice > 0)
        {
            Row("sent twice", $"{after.SentTwice:N0} lines, as the worker died before it heard the confirmation; known by their ids, so queued once");
        }

        Row("handled twice", $"{after.HandledTwice:N0} lines, as the worker died between the work and the ack; known by their ids,");
        Row(string.Empty, $"so published once: {result.Repeated:N0} reached a subscription twice");
    }

    private static void PrintDeadLetters(JobResult result)
    {
        Row("dead-lettered", $"{result.DeadLetters.Count:N0} lines; redriven with the bug fixed: {result.Redriven:N0}");
        if (result.DeadLetters is [var first, ..])
        {
            string reason = first.Description.Split('\n')[0].Trim();
            Row(string.Empty, $"the first, after {first.Failures} failures: {Printable(reason)}");
        }
    }

    private static void Row(string name, string text) => Console.WriteLine($"  {name,-14} {text}");

    /// <summary>Text from files is shown without what a terminal would obey.</summary>
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
