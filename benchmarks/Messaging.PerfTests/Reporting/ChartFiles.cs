namespace Messaging.PerfTests.Reporting;

/// <summary>The folder of results: for each chart a drawing and a table, named after the scenario.</summary>
internal static class ChartFiles
{
    public static void Write(Report report, IReadOnlyList<CostChart> charts, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (CostChart chart in charts)
        {
            File.WriteAllText(Path.Combine(folder, $"{chart.Scenario}.svg"), ChartSvg.Draw(chart));
            File.WriteAllText(Path.Combine(folder, $"{chart.Scenario}.md"), ChartTable.Write(chart, report));
        }
    }
}
