using Messaging.Diagnostics;
using Messaging.Testing.Checkers;

namespace Messaging.Simulation.Tests;

/// <summary>The oracle is proved: each mistake that the engine can be told to make is found by simulation, within a stated number of seeds.</summary>
/// <remarks>The engine makes them in debug builds only.</remarks>
public sealed class SeededBugTests(ITestOutputHelper output)
{
    private const int FirstSeed = 1;

    // Three are enough as it is; what changes in the engine moves everything.
    private const int MostSeeds = 20;

    [Theory]
    [InlineData(nameof(SeededBug.AckBeforeCommit), "I3")]
    [InlineData(nameof(SeededBug.SkipTokenCheck), "I6")]
    [InlineData(nameof(SeededBug.LoseReturned), "I7")]
    [InlineData(nameof(SeededBug.EarlyTimer), "I9")]
    [InlineData(nameof(SeededBug.DoubleDispatch), "I4")]
    [InlineData(nameof(SeededBug.ForgetRangeMerge), "I3")]
    [InlineData(nameof(SeededBug.ForgetRangeStored), "I3")]
    [InlineData(nameof(SeededBug.DeadLetterInTwo), "I10")]
    [InlineData(nameof(SeededBug.NoWakeAfterExpiry), "I7")]
    [InlineData(nameof(SeededBug.FloorOffByOne), "I1")]
    [InlineData(nameof(SeededBug.LeakTimer), "I13")]
    [InlineData(nameof(SeededBug.DeliverBeforeCommit), "I2")]
    [InlineData(nameof(SeededBug.ForgetWindow), "I11")]
    [InlineData(nameof(SeededBug.TrimTooFar), "I1")]
    [InlineData(nameof(SeededBug.ForgetFailures), "I10")]
    [InlineData(nameof(SeededBug.ForgetWallStep), "I9")]
    public void Simulation_WithASeededBug_BreaksItsInvariantWithinAFewSeeds(string bug, string invariant) =>
        Find(new SimulationCase(FirstSeed, Bug: Enum.Parse<SeededBug>(bug)), bug, invariant).Should().NotBeNull("it must show within {0} seeds", MostSeeds);

    [Fact]
    public void Simulation_OfADiskThatDropsSyncs_LosesWhatWasConfirmedWithinAFewSeeds() =>
        Find(new SimulationCase(FirstSeed, DropsSyncs: true), "a disk that drops syncs", "I1").Should().NotBeNull("it must show within {0} seeds", MostSeeds);

    [Fact]
    public void Simulation_OfTheSameSeedsWithoutABug_BreaksNothing()
    {
        for (int seed = FirstSeed; seed < FirstSeed + MostSeeds; seed++)
        {
            Simulation.Run(new SimulationCase(seed)).Violations.Should().BeEmpty();
        }
    }

    [Fact]
    public void SeededBugs_AllOfThem_HaveATest()
    {
        string[] tested = [.. typeof(SeededBugTests).GetMethods()
            .SelectMany(method => method.GetCustomAttributes(typeof(InlineDataAttribute), inherit: false))
            .Select(data => (string)((InlineDataAttribute)data).Data[0]!)
            .Distinct()];

        tested.Should().BeEquivalentTo(Enum.GetNames<SeededBug>().Where(name => name != nameof(SeededBug.None)));
    }

    private SimulationOutcome? Find(SimulationCase first, string what, string invariant)
    {
        for (int tried = 1; tried <= MostSeeds; tried++)
        {
            SimulationCase @case = first with { Seed = first.Seed + tried - 1 };
            SimulationOutcome outcome = EngineAssertions.Ignore(() => Simulation.Run(@case));
            if (outcome.Violations.FirstOrDefault(violation => violation.Invariant == invariant) is { } found)
            {
                output.Say($"{what}: found with seed {tried} of {MostSeeds}: {Count(outcome)}");
                output.WriteLine(found.ToString());
                return outcome;
            }

            output.WriteLine($"seed {@case.Seed}: {Count(outcome)}");
        }

        return null;
    }

    private static string Count(SimulationOutcome outcome) =>
        string.Join(", ", outcome.Violations.GroupBy(violation => violation.Invariant).Select(group => $"{group.Count()} of {group.Key}"));
}
