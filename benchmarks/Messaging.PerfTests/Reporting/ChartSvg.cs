using System.Globalization;
using System.Security;
using System.Text;

namespace Messaging.PerfTests.Reporting;

/// <summary>A chart as SVG: a panel for each unit, sizes on a logarithmic axis, costs from zero up.</summary>
/// <remarks>It has no background, and colours that can be read on white and on black. The same figures give the same text.</remarks>
internal static class ChartSvg
{
    private const int Width = 940;
    private const int PanelHeight = 250;
    private const int Top = 46;
    private const int Left = 70;
    private const int Right = 310;
    private const int Above = 26;
    private const int Below = 46;
    private const int PlotWidth = Width - Left - Right;
    private const int PlotHeight = PanelHeight - Above - Below;

    private static readonly string[] _colours = ["#2f81f7", "#db6d28", "#2da44e", "#a371f7", "#d4458b", "#8a8f1f"];
    private static readonly string[] _dashes = ["none", "7 3", "2 3", "9 3 2 3", "4 4", "1 2"];

    public static string Draw(CostChart chart)
    {
        int height = Top + (chart.Panels.Count * PanelHeight);
        var svg = new StringBuilder();
        Append(svg, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" role="img" font-family="system-ui, sans-serif" font-size="12">
            <title>{Escape(chart.Title)}</title>
            <style>text {"{"} fill: #57606a {"}"} .grid {"{"} stroke: #7d8590; stroke-opacity: 0.3 {"}"} @media (prefers-color-scheme: dark) {"{"} text {"{"} fill: #9ea7b3 {"}"} {"}"}</style>
            <text x="{Left}" y="24" font-size="15" font-weight="600">{Escape(chart.Scenario)}: {Escape(chart.Title)}</text>
            """);
        for (int i = 0; i < chart.Panels.Count; i++)
        {
            DrawPanel(svg, chart, chart.Panels[i], Top + (i * PanelHeight) + Above);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void DrawPanel(StringBuilder svg, CostChart chart, CostPanel panel, int top)
    {
        ChartAxis axis = ChartAxis.UpTo(panel.Series.SelectMany(static s => s.Points).Max(static p => p.Cost));
        int bottom = top + PlotHeight;
        Append(svg, $"""<text x="{Left}" y="{top - 12}" font-weight="600">{Escape(panel.Title)}, {Escape(panel.Unit)}</text>""");
        for (int i = 0; i <= axis.Steps; i++)
        {
            double y = bottom - (PlotHeight * (double)i / axis.Steps);
            Append(svg, $"""<line class="grid" x1="{Left}" y1="{y:0.#}" x2="{Left + PlotWidth}" y2="{y:0.#}"/>""");
            Append(svg, $"""<text x="{Left - 8}" y="{y + 4:0.#}" text-anchor="end">{axis.Step * i:#,0.##}</text>""");
        }

        foreach (long size in chart.Sizes)
        {
            double x = XOf(chart, size);
            Append(svg, $"""<line class="grid" x1="{x:0.#}" y1="{top}" x2="{x:0.#}" y2="{bottom + 4}"/>""");
            Append(svg, $"""<text x="{x:0.#}" y="{bottom + 18}" text-anchor="middle">{size:N0}</text>""");
        }

        Append(svg, $"""<text x="{Left + (PlotWidth / 2)}" y="{bottom + 36}" text-anchor="middle">{Escape(chart.SizeName)}</text>""");
        for (int i = 0; i < panel.Series.Count; i++)
        {
            DrawSeries(svg, chart, panel.Series[i], i, bottom, axis);
            DrawKey(svg, panel.Series[i], i, top);
        }
    }

    private static void DrawSeries(StringBuilder svg, CostChart chart, CostSeries series, int index, int bottom, ChartAxis axis)
    {
        string colour = _colours[index % _colours.Length];
        var points = new StringBuilder();
        foreach (CostPoint point in series.Points)
        {
            double x = XOf(chart, point.Size);
            double y = bottom - (PlotHeight * point.Cost / axis.Top);
            points.Append(CultureInfo.InvariantCulture, $"{(points.Length == 0 ? "" : " ")}{x:0.#},{y:0.#}");
            Append(svg, $"""<circle cx="{x:0.#}" cy="{y:0.#}" r="3" fill="{colour}"><title>{Escape(series.Name)}: {ChartTable.Show(point.Cost)} at {point.Size:N0}</title></circle>""");
        }

        Append(svg, $"""<polyline fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{_dashes[index % _dashes.Length]}" points="{points}"/>""");
    }

    private static void DrawKey(StringBuilder svg, CostSeries series, int index, int top)
    {
        int x = Left + PlotWidth + 16;
        int y = top + 8 + (index * 20);
        Append(svg, $"""<line x1="{x}" y1="{y}" x2="{x + 26}" y2="{y}" stroke="{_colours[index % _colours.Length]}" stroke-width="2" stroke-dasharray="{_dashes[index % _dashes.Length]}"/>""");
        Append(svg, $"""<text x="{x + 32}" y="{y + 4}">{Escape(series.Name)}</text>""");
    }

    private static double XOf(CostChart chart, long size)
    {
        double first = Math.Log10(chart.Sizes[0]);
        double last = Math.Log10(chart.Sizes[^1]);
        double share = last > first ? (Math.Log10(size) - first) / (last - first) : 0.5;
        return Left + (PlotWidth * share);
    }

    private static string Escape(string text) => SecurityElement.Escape(text);

    private static void Append(StringBuilder svg, FormattableString line) =>
        svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
