using System.Diagnostics;
using Messaging.Diagnostics;
using Messaging.Testing.Checkers;
using Messaging.TestSupport;

namespace Messaging.Simulation.Tests;

/// <summary>The whole broker from a seed, with all faults: nothing confirmed is lost, and no other invariant is broken.</summary>
/// <remarks><c>MESSAGING_SIMULATIONS=1000000 MESSAGING_SEED=1</c> in the environment ask for more, with progress; <c>MESSAGING_OPERATIONS</c> and
/// <c>MESSAGING_SIMULATED_FAULTS</c> for other cases, as a failure says. <c>MESSAGING_HISTORY=file</c> writes the history of the last failure.</remarks>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int RunsAChange = 1_000;
    private const int DefaultSeed = 1;
    private const int MostHashes = 20;
    private const int MostReported = 3;
    private static readonly TimeSpan _betweenProgress = TimeSpan.FromSeconds(10);

    [Fact]
    public void Simulation_OfManySeeds_BreaksNoInvariant()
    {
        int runs = RunSize.Of("MESSAGING_SIMULATIONS", quick: 100, RunsAChange);
        int seed = RunSize.Number("MESSAGING_SEED", DefaultSeed);
        var @case = new SimulationCase(
            seed,
            RunSize.Number("MESSAGING_OPERATIONS", SimulationCase.DefaultOperations),
            (SimulatedFaults)RunSize.Number("MESSAGING_SIMULATED_FAULTS", (int)SimulatedFaults.All));
        output.Say($"seeds {seed} to {seed + runs - 1}, {@case.Operations:N0} operations each");
        SimulationTally tally = RunAll(@case, runs);
        output.Say(tally.ToString());
        foreach (SimulationOutcome failed in tally.Failed.OrderBy(failed => failed.Case.Seed).Take(MostReported))
        {
            Report(failed);
        }

        tally.Failed.Select(failed => failed.Case.Seed).Should().BeEmpty("no seed may fail");
        Compare(@case, tally);
        if (runs >= RunsAChange && @case.Faults == SimulatedFaults.All)
        {
            tally.Struck.Should().BeEquivalentTo(Enum.GetValues<SimulatedFaults>().Where(kind => kind is not SimulatedFaults.None and not SimulatedFaults.All));
            tally.Points.Should().BeEquivalentTo(CrashPoint.All, "processes die everywhere");
            tally.CalmShare.Should().BeApproximately(0.25, 0.03);
        }
    }

    private SimulationTally RunAll(SimulationCase first, int runs)
    {
        var tally = new SimulationTally();
        long began = Stopwatch.GetTimestamp();
        long told = began;
        Parallel.For(0, runs, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            SimulationOutcome outcome = Simulation.Run(first with { Seed = first.Seed + i });
            tally.Add(outcome);
            if (runs <= MostHashes)
            {
                output.Say($"seed {outcome.Case.Seed}: trace {outcome.Hash:x16}");
            }

            long before = Volatile.Read(ref told);
            if (Stopwatch.GetElapsedTime(before) > _betweenProgress && Interlocked.CompareExchange(ref told, Stopwatch.GetTimestamp(), before) == before)
            {
                output.Say($"{tally.Runs / Stopwatch.GetElapsedTime(began).TotalSeconds:F1} runs a second: {tally}");
            }
        });
        return tally;
    }

    /// <summary>Compares the traces with those that are known, or writes them if that is asked for.</summary>
    private static void Compare(SimulationCase first, SimulationTally tally)
    {
        if (Environment.GetEnvironmentVariable("MESSAGING_TRACES") is { Length: > 0 } path)
        {
            first.Should().Be(new SimulationCase(1), "the list begins with seed 1 and has the usual operations and faults");
            Traces.Write(path, tally.Traces.OrderBy(pair => pair.Key).Select(pair => pair.Value));
            return;
        }

        tally.Traces.Where(pair => Traces.Knows(first with { Seed = pair.Key }) && pair.Value != Traces.Of(pair.Key)).Select(pair => pair.Key).Order().Should().BeEmpty(
            "no trace may change with code that is only moved");
    }

    private void Report(SimulationOutcome failed)
    {
        SimulationOutcome smallest = Shrinking.Shrink(failed);
        output.Say($"Seed {failed.Case.Seed} fails. Again, smaller: {smallest.Case.Command}");
        output.Say($"As it was found: {failed.Case.Command}");

        // A few of each kind: one mistake can have thousands of consequences.
        foreach (Violation violation in smallest.Violations.GroupBy(violation => violation.Invariant).SelectMany(group => group.Take(2)))
        {
            output.Say(violation.ToString());
        }

        if (Environment.GetEnvironmentVariable("MESSAGING_HISTORY") is { Length: > 0 } path)
        {
            File.WriteAllText(path, smallest.History.ToString());
        }
    }
}
