namespace Messaging.PerfTests.Reporting;

/// <summary>A figure that is held against a limit of its own rather than against a base line.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="What">What was measured.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Beside">What the figure is judged by; <see langword="null"/> if it stands for itself.</param>
/// <param name="Ours">The figure.</param>
/// <param name="Target">The most that is wanted, or the least.</param>
internal sealed record LimitRow(string Scenario, string What, string Unit, Beside? Beside, double Ours, Target Target)
{
    /// <summary>Gets a value indicating whether the target is the least that is wanted.</summary>
    public bool MoreIsBetter { get; init; }

    /// <summary>Gets how far a figure of which less is better may go on this machine, whatever the target says; 0 for no further.</summary>
    public double Excused { get; init; }

    /// <summary>Tells whether the figure is worse than its target by a factor.</summary>
    public bool Misses(double wanted, double factor) => MoreIsBetter ? Ours < wanted / factor : Ours > Math.Max(wanted * factor, Excused);
}
