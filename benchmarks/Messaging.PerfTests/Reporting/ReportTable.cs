using Messaging.PerfTests.Running;
using Spectre.Console;

namespace Messaging.PerfTests.Reporting;

/// <summary>The report for people.</summary>
internal static class ReportTable
{
    private const int WidthWhenRedirected = 150;

    public static void Write(Report report)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = WidthWhenRedirected;
            AnsiConsole.Profile.Capabilities.Ansi = false;
        }

        if (report.Comparisons.Any(static row => row.HasRates))
        {
            AnsiConsole.Write(Rates(report));
        }

        if (report.Comparisons.Any(static row => row.Ours.Latency is not null))
        {
            AnsiConsole.Write(Latencies(report));
        }

        if (report.Limits.Count > 0)
        {
            AnsiConsole.Write(Limits(report));
        }

        if (report.SideBySide.Count > 0)
        {
            AnsiConsole.Write(SideTable.Of(report.SideBySide));
        }

        WriteNotes(report);
    }

    private static void WriteNotes(Report report)
    {
        AnsiConsole.MarkupLineInterpolated($"{report.Machine.ToText()}");
        if (report.OthersShare is { } share)
        {
            AnsiConsole.MarkupLineInterpolated(
                $"Other processes used {share:P0} of the processors meanwhile{(share > OtherProcesses.Tolerable ? ": TOO MUCH, run again on a quiet machine" : "")}.");
        }

        AnsiConsole.MarkupLineInterpolated(
            $"Medians of {report.Rounds} rounds, base and ours in turn{(report.Quick ? " (quick)" : "")}. The ratio is the result; absolute figures move by ±30 %.");
        AnsiConsole.MarkupLine("Behind a ratio: the lowest and the highest round. Targets in brackets are directions and are not checked.");
        foreach (string note in report.Notes)
        {
            AnsiConsole.MarkupLineInterpolated($"{note}");
        }

        foreach (string skipped in report.Skipped)
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]SKIPPED {skipped}[/]");
        }

        foreach (Miss miss in report.Misses())
        {
            AnsiConsole.MarkupLineInterpolated($"[red]far from the target: {miss.Text}[/]");
        }

        foreach (string failure in report.Failures)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]FAILED {failure}[/]");
        }
    }

    private static Table Rates(Report report)
    {
        Table table = NewTable("base msg/s", "ours msg/s", "ratio", "", "target", "base B/msg", "ours B/msg", "base CPU µs/msg", "ours CPU µs/msg");
        foreach (ComparisonRow row in report.Comparisons.Where(static row => row.HasRates))
        {
            table.AddRow(
                Name(row),
                Text($"{row.Base.PerSecond:N0}"),
                Text($"{row.Ours.PerSecond:N0}"),
                Text($"[bold]{row.Ratio:0.00}[/]"),
                Text($"{row.LowestRatio:0.00}–{row.HighestRatio:0.00}"),
                Show(row.Target),
                Text($"{row.Base.BytesPerMessage:N0}"),
                Text($"{row.Ours.BytesPerMessage:N0}"),
                Text($"{row.Base.CpuMicrosecondsPerMessage:0.00}"),
                Text($"{row.Ours.CpuMicrosecondsPerMessage:0.00}"));
        }

        return table;
    }

    private static Table Latencies(Report report)
    {
        Table table = NewTable("samples", "base p50 µs", "p99", "p99.9", "ours p50 µs", "p99", "p99.9", "base ÷ ours, p50");
        foreach (ComparisonRow row in report.Comparisons)
        {
            if (row is { Base.Latency: { } theirs, Ours.Latency: { } ours })
            {
                table.AddRow(
                    Name(row),
                    Text($"{ours.Samples:N0}"),
                    Text($"{theirs.P50:N1}"),
                    Text($"{theirs.P99:N1}"),
                    Text($"{theirs.P999:N1}"),
                    Text($"{ours.P50:N1}"),
                    Text($"{ours.P99:N1}"),
                    Text($"{ours.P999:N1}"),
                    Text($"[bold]{theirs.P50 / ours.P50:0.00}[/]"));
            }
        }

        return table;
    }

    private static Table Limits(Report report)
    {
        Table table = NewTable("unit", "ours", "wanted", "beside it");
        foreach (LimitRow row in report.Limits)
        {
            table.AddRow(
                Markup.Escape($"{row.Scenario} {row.What}"),
                row.Unit,
                Text($"[bold]{row.Ours:#,0.0#}[/]"),
                row.Target.Value is null ? "–" : $"{(row.MoreIsBetter ? "≥" : "≤")} {Show(row.Target)}",
                row.Beside is { } beside ? Text($"{beside.Value:#,0.0#} {beside.Name}") : "–");
        }

        return table;
    }

    private static Table NewTable(params ReadOnlySpan<string> columns)
    {
        Table table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn("scenario"));
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        return table;
    }

    private static string Name(ComparisonRow row) => Markup.Escape($"{row.Scenario} {row.Case}");

    private static string Show(Target target) => target switch
    {
        { Value: null } => "–",
        { Gated: true } => Text($"{target.Value}"),
        _ => Text($"({target.Value})"),
    };

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
