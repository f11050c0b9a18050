namespace Messaging.Simulation.Tests;

/// <summary>The search for a smaller case that fails in the same way: fewer operations, and fewer kinds of faults.</summary>
internal static class Shrinking
{
    private const int MostRuns = 60;

    /// <summary>Makes a failing case smaller for as long as it fails, and as that gets on.</summary>
    /// <param name="failed">What has failed.</param>
    /// <returns>The smallest that was found to contradict one of the same invariants.</returns>
    public static SimulationOutcome Shrink(SimulationOutcome failed)
    {
        HashSet<string> invariants = [.. failed.Violations.Select(violation => violation.Invariant)];
        SimulationOutcome smallest = failed;
        int runs = 0;
        for (bool goesOn = true; goesOn;)
        {
            goesOn = false;
            foreach (SimulationCase smaller in Smaller(smallest.Case))
            {
                if (runs++ == MostRuns)
                {
                    return smallest;
                }

                SimulationOutcome outcome = Simulation.Run(smaller);
                if (outcome.Violations.Any(violation => invariants.Contains(violation.Invariant)))
                {
                    smallest = outcome;
                    goesOn = true;
                    break;
                }
            }
        }

        return smallest;
    }

    private static IEnumerable<SimulationCase> Smaller(SimulationCase @case)
    {
        foreach (SimulatedFaults kind in Enum.GetValues<SimulatedFaults>().Where(kind => kind is not SimulatedFaults.None and not SimulatedFaults.All))
        {
            if (@case.Faults.HasFlag(kind))
            {
                yield return @case with { Faults = @case.Faults & ~kind };
            }
        }

        foreach (int operations in (int[])[@case.Operations / 4, @case.Operations / 2, @case.Operations * 3 / 4, @case.Operations * 7 / 8, @case.Operations - 1])
        {
            if (operations > 0 && operations < @case.Operations)
            {
                yield return @case with { Operations = operations };
            }
        }
    }
}
