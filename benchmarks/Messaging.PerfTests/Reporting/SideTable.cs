using Messaging.PerfTests.Running;
using Spectre.Console;

namespace Messaging.PerfTests.Reporting;

/// <summary>The contests with others than ourselves, for people: a line for each side, the base line first.</summary>
internal static class SideTable
{
    private const string Nothing = "–";

    private static readonly string[] _columns =
        ["msg/s", "ratio", "", "B/msg", "CPU µs/msg", "of it a server's", "p50 µs", "p99", "p99.9"];

    public static Table Of(IReadOnlyList<SideRow> rows)
    {
        Table table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn("side by side"));
        foreach (string column in _columns)
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        string? title = null;
        foreach (SideRow row in rows)
        {
            if (title != $"{row.Scenario} {row.Case}")
            {
                title = $"{row.Scenario} {row.Case}";
                table.AddRow([$"[bold]{Markup.Escape(title)}[/]", .. _columns.Select(static _ => "")]);
            }

            table.AddRow(CellsOf(row));
        }

        return table;
    }

    private static string[] CellsOf(SideRow row)
    {
        Figures figures = row.Figures;
        Latency? latency = figures.Latency;
        return
        [
            $"  {Markup.Escape(row.Who)}",
            row.HasRates ? Text($"{figures.PerSecond:N0}") : Nothing,
            Text($"[bold]{Ratio(row.Ratio)}[/]"),
            row.HasRates && row.Ratio != 1 ? $"{Ratio(row.LowestRatio)}–{Ratio(row.HighestRatio)}" : "",
            Text($"{figures.BytesPerMessage:N0}"),

            // Where nothing but latency is measured, the sender spins between the messages.
            row.HasRates ? Text($"{figures.CpuMicrosecondsPerMessage:N2}") : Nothing,
            row.HasRates && figures.ServerCpuMicrosecondsPerMessage is { } server ? Text($"{server:N2}") : Nothing,
            latency is null ? Nothing : Text($"{latency.P50:N1}"),
            latency is null ? Nothing : Text($"{latency.P99:N1}"),
            latency is null ? Nothing : Text($"{latency.P999:N1}"),
        ];
    }

    // The others are far apart: two digits that count, whatever the size.
    private static string Ratio(double ratio) => ratio >= 0.1 ? Text($"{ratio:0.00}") : Text($"{ratio:0.0000}");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
