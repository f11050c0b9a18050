namespace Messaging.PerfTests.Reporting;

/// <summary>The vertical axis of a panel: from zero, in round steps, to just above the greatest value.</summary>
/// <param name="Step">The distance of two lines of the grid.</param>
/// <param name="Steps">Their number above zero.</param>
internal readonly record struct ChartAxis(double Step, int Steps)
{
    private const int MostSteps = 5;

    public double Top => Step * Steps;

    /// <summary>Chooses the smallest round step with which a few are enough.</summary>
    public static ChartAxis UpTo(double greatest)
    {
        double step = greatest > 0 ? Math.Pow(10, Math.Floor(Math.Log10(greatest)) - 1) : 1;
        double[] factors = [2, 2.5, 2];
        for (int i = 0; greatest > step * MostSteps; i++)
        {
            step *= factors[i % factors.Length];
        }

        return new ChartAxis(step, Math.Max(1, (int)Math.Ceiling(greatest / step)));
    }
}
