using System.Diagnostics;
using Messaging.Testing.Checkers;
using Messaging.TestSupport;

namespace Messaging.Crash.Tests.Kills;

/// <summary>SIGKILL at random moments and at named points: nothing confirmed is lost, and no other invariant is broken.</summary>
/// <remarks><c>MESSAGING_KILLS=10000 MESSAGING_SEED=1</c> in the environment ask for more, in rounds of 200, with progress.</remarks>
public sealed class KillLoopTests(ITestOutputHelper output)
{
    private const int KillsARound = 200;
    private const int EventsALife = 1_800;
    private const int DefaultSeed = 20_301;
    private const int ProcessSeeds = 1_000_000;

    [Fact]
    public async Task Kill_AtRandomMomentsAndNamedPoints_LosesNothingAndBreaksNoInvariant()
    {
        int kills = RunSize.Of("MESSAGING_KILLS", quick: 20, KillsARound);
        int seed = RunSize.Number("MESSAGING_SEED", DefaultSeed);
        var total = new Tally();
        for (int done = 0; done < kills; done += KillsARound, seed++)
        {
            int round = Math.Min(KillsARound, kills - done);
            // Two files at a time, since starting a process takes most of a life: one safe from a power cut, one from kills only.
            await Task.WhenAll(
                RunAsync(seed, Durability.Power, (round + 1) / 2, total),
                RunAsync(seed + ProcessSeeds, Durability.Process, round / 2, total));
            output.Say($"{done + round} kills, the last seed is {seed}: {total}");
        }

        total.Kills.Should().Be(kills);
        total.Violations.Should().Be(0, total.ToString());
        if (kills == KillsARound)
        {
            total.Acknowledged.Should().BeGreaterThan(50_000, "there was much to lose");
        }
    }

    private Task RunAsync(int seed, Durability durability, int kills, Tally total) => Task.Factory.StartNew(
        () =>
        {
            long began = Stopwatch.GetTimestamp();
            using var loop = new KillLoop(seed, durability);
            loop.Run(kills, EventsALife);
            TimeSpan lived = Stopwatch.GetElapsedTime(began);
            IReadOnlyList<Violation> violations = loop.DrainAndCheck();
            total.Add(loop, violations);
            output.Say($"seed {seed} {durability}: {loop.Kills} kills in {lived.TotalSeconds:F0} s, {loop.SendsConfirmed} sends and {loop.AcksConfirmed} acks "
                + $"confirmed, {violations.Count} contradictions; {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s; "
                + string.Join(' ', loop.Points.Select(point => $"{point.Key}={point.Value}")));
            if (violations.Count > 0)
            {
                output.Say($"at rest: {string.Join(", ", loop.LeftBehind)}");
            }

            // A few of each kind: one mistake can have thousands of consequences.
            foreach (Violation violation in violations.GroupBy(violation => violation.Invariant).SelectMany(group => group.Take(8)))
            {
                output.Say(violation.ToString());
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);
}
