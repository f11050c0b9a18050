using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Messaging.TestSupport;

namespace Messaging.Simulation.Tests;

/// <summary>The same seed gives the same run, to the last piece of work.</summary>
public sealed partial class DeterminismTests(ITestOutputHelper output)
{
    private const int FirstSeed = 5_001;
    private const int Seeds = 20;

    [Fact]
    public void Simulation_SameSeedTwice_GivesTheSameTrace()
    {
        for (int seed = FirstSeed; seed < FirstSeed + Seeds; seed++)
        {
            SimulationOutcome one = Simulation.Run(new SimulationCase(seed));
            SimulationOutcome other = Simulation.Run(new SimulationCase(seed));

            other.Hash.Should().Be(one.Hash, "of seed {0}", seed);
            other.Steps.Should().Be(one.Steps);
            other.History.Events.Should().Equal(one.History.Events);
        }
    }

    [Fact]
    public void Simulation_DifferentSeeds_GiveDifferentTraces() =>
        Enumerable.Range(FirstSeed, Seeds).Select(seed => Simulation.Run(new SimulationCase(seed, 100)).Hash).Should().OnlyHaveUniqueItems();

    [Fact]
    public void Simulation_InAnotherProcess_GivesTheSameTraces()
    {
        Dictionary<int, string> expected = Enumerable.Range(FirstSeed, Seeds).ToDictionary(
            seed => seed, seed => Simulation.Run(new SimulationCase(seed)).Hash.ToString("x16", CultureInfo.InvariantCulture));

        string said = RunElsewhere();

        // Strings have other hash codes there, and objects other addresses.
        Dictionary<int, string> found = TraceLine().Matches(said).DistinctBy(match => match.Groups["seed"].Value).ToDictionary(
            match => int.Parse(match.Groups["seed"].Value, CultureInfo.InvariantCulture), match => match.Groups["trace"].Value);
        found.OrderBy(pair => pair.Key).Should().Equal(expected.OrderBy(pair => pair.Key), said);
    }

    private string RunElsewhere()
    {
        var start = new ProcessStartInfo(DotnetHost.Path, ["exec", typeof(DeterminismTests).Assembly.Location, "-showLiveOutput", "-class", typeof(SimulationTests).FullName!])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
            Environment =
            {
                ["MESSAGING_SIMULATIONS"] = Seeds.ToString(CultureInfo.InvariantCulture),
                ["MESSAGING_SEED"] = FirstSeed.ToString(CultureInfo.InvariantCulture),
                ["MESSAGING_OPERATIONS"] = SimulationCase.DefaultOperations.ToString(CultureInfo.InvariantCulture),
            },
        };
        using Process process = Process.Start(start)!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        output.WriteLine(said);
        return said;
    }

    [GeneratedRegex("seed (?<seed>[0-9]+): trace (?<trace>[0-9a-f]{16})")]
    private static partial Regex TraceLine();
}
