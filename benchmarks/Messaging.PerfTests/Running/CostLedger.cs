using System.Globalization;
using Messaging.PerfTests.Reporting;

namespace Messaging.PerfTests.Running;

/// <summary>The costs that a scenario has measured so far: for each name and size several rounds, of which the median counts.</summary>
internal sealed class CostLedger(string scenario)
{
    private readonly Dictionary<string, SortedDictionary<long, List<double>>> _rounds = [];

    public void Add(string name, long size, double cost)
    {
        if (!_rounds.TryGetValue(name, out SortedDictionary<long, List<double>>? sizes))
        {
            _rounds[name] = sizes = [];
        }

        if (!sizes.TryGetValue(size, out List<double>? costs))
        {
            sizes[size] = costs = [];
        }

        costs.Add(cost);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scenario} {size:N0}: {name} {ChartTable.Show(cost)}"));
    }

    public CostSeries Series(string name) =>
        new(name, [.. _rounds[name].Select(static size => new CostPoint(size.Key, Median.Of(size.Value)))]);

    public CostPanel Panel(string title, string unit, params string[] names) => new(title, unit, [.. names.Select(Series)]);

    /// <summary>Says by how much a cost grows from the smallest size to the largest.</summary>
    public LimitRow Growth(string name, Target most)
    {
        CostSeries series = Series(name);
        return new LimitRow(
            scenario,
            string.Create(CultureInfo.InvariantCulture, $"{name}: at {series.Points[^1].Size:N0} against {series.Points[0].Size:N0}"),
            "times",
            new Beside("at the largest", series.Points[^1].Cost),
            series.Growth,
            most);
    }
}
