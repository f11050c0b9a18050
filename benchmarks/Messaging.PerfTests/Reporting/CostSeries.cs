namespace Messaging.PerfTests.Reporting;

/// <summary>One cost at growing sizes: a line of a chart and a column of its table.</summary>
/// <param name="Name">What the cost is of.</param>
/// <param name="Points">The points, by ascending size.</param>
internal sealed record CostSeries(string Name, IReadOnlyList<CostPoint> Points)
{
    /// <summary>Gets the cost at the largest size, in units of that at the smallest.</summary>
    public double Growth => Points[^1].Cost / Points[0].Cost;

    /// <summary>Gets the cost at a size; <see langword="null"/> if it was not measured there.</summary>
    public double? At(long size)
    {
        foreach (CostPoint point in Points)
        {
            if (point.Size == size)
            {
                return point.Cost;
            }
        }

        return null;
    }
}
