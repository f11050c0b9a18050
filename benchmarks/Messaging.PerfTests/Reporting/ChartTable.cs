using System.Globalization;
using System.Text;

namespace Messaging.PerfTests.Reporting;

/// <summary>The figures of a chart as a table in Markdown.</summary>
internal static class ChartTable
{
    public static string Write(CostChart chart, Report report)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {chart.Scenario}: {chart.Title}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"![{chart.Title}]({chart.Scenario}.svg)\n");
        foreach (CostPanel panel in chart.Panels)
        {
            Append(text, chart, panel);
        }

        string others = report.OthersShare is { } share ? string.Create(CultureInfo.InvariantCulture, $", with other processes at {share * 100:0} % of the processors") : "";
        text.Append(CultureInfo.InvariantCulture, $"\nMeasured on {report.Machine.ToText()}{others}{(report.Quick ? ", by a quick run" : "")}.\n");
        return text.ToString();
    }

    /// <summary>Shows a figure with three digits or more, and no more decimal places than that takes.</summary>
    public static string Show(double value) => Math.Abs(value) switch
    {
        >= 100 => value.ToString("#,0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.00", CultureInfo.InvariantCulture),
    };

    private static void Append(StringBuilder text, CostChart chart, CostPanel panel)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n{panel.Title}, {panel.Unit}:\n\n| {chart.SizeName} |");
        foreach (CostSeries series in panel.Series)
        {
            text.Append(CultureInfo.InvariantCulture, $" {series.Name} |");
        }

        text.Append("\n|---:|").Insert(text.Length, "---:|", panel.Series.Count).Append('\n');
        foreach (long size in chart.Sizes)
        {
            if (panel.Series.All(series => series.At(size) is null))
            {
                continue;
            }

            text.Append(CultureInfo.InvariantCulture, $"| {size:N0} |");
            foreach (CostSeries series in panel.Series)
            {
                text.Append(CultureInfo.InvariantCulture, $" {(series.At(size) is { } cost ? Show(cost) : "")} |");
            }

            text.Append('\n');
        }
    }
}
