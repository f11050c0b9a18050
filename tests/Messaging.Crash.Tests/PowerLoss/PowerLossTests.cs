using System.Globalization;
using Messaging.TestSupport;

namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>The power is cut at random places of recorded workloads; what a disk may have left is opened and held against all invariants.</summary>
/// <remarks>
/// <c>MESSAGING_STATES=1000000 MESSAGING_SEED=1</c> in the environment ask for more, with progress. A state that fails is replayed by
/// what the test says then: the kept trace and the number of the state.
/// </remarks>
public sealed class PowerLossTests(ITestOutputHelper output)
{
    private const int StatesATrace = 500;
    private const int MostReported = 3;

    private int _reported;

    [Fact]
    public async Task PowerCut_OfAStoreThatSyncsEachCommit_LosesNothing()
    {
        PowerTally total = await RunAsync(Durability.Power, RunSize.Of("MESSAGING_STATES", quick: 200, change: 2_000), RunSize.Number("MESSAGING_SEED", 30_101));

        total.Lost.Should().Be(0, total.ToString());
        total.Corrupt.Should().Be(0, total.ToString());
        total.Noted.Should().Be(0, "nothing that was confirmed is lost, so no opening may say so: {0}", total);
        total.Contradictions.Should().Be(0, total.ToString());
        total.Unsynced.Should().BeGreaterThan(total.States / 10, "there was something to lose");
    }

    [Fact]
    public async Task PowerCut_OfAStoreThatIsSafeFromKillsOnly_LosesNothingThatWasSynced()
    {
        PowerTally total = await RunAsync(
            Durability.Process, RunSize.Of("MESSAGING_PROCESS_STATES", quick: 100, change: 500), RunSize.Number("MESSAGING_SEED", 30_201));

        total.Corrupt.Should().Be(0, total.ToString());
        total.Contradictions.Should().Be(0, total.ToString());
        total.Lost.Should().BePositive("this is what Durability.Process does not promise; else the replayer would see nothing");
    }

    /// <summary>The oracle is proved: a disk that does not sync loses messages, and the replayer sees it.</summary>
    [Fact]
    public async Task PowerCut_OfADiskThatDropsSyncs_IsFoundToLose()
    {
        PowerTally total = await RunTraceAsync(new Recorder(30_301, Durability.Power) { DropsSyncs = true }, 30_301, Durability.Power, 100, isGood: false);

        output.Say(total.ToString());
        total.LossyStates.Should().BePositive();
        total.Corrupt.Should().BePositive();
    }

    /// <summary>The oracle is proved: a store that never syncs its commits, the mistake that kills cannot see, is found out.</summary>
    [Fact]
    public async Task PowerCut_OfAStoreThatDoesNotSyncItsCommits_IsFoundToLose()
    {
        PowerTally total = await RunTraceAsync(
            new Recorder(30_401, Durability.Power) { Bug = Sqlite.Diagnostics.SeededBugs.DropFsync }, 30_401, Durability.Power, 100, isGood: false);

        output.Say(total.ToString());
        total.LossyStates.Should().BePositive();
    }

    private async Task<PowerTally> RunAsync(Durability durability, int states, int seed)
    {
        var total = new PowerTally();
        if (Environment.GetEnvironmentVariable("MESSAGING_TRACE") is { Length: > 0 } kept)
        {
            int state = RunSize.Number("MESSAGING_STATE", 0);
            await ReplayAsync(kept, seed, durability, [state], total, isGood: true);
            return total;
        }

        int traces = (states + StatesATrace - 1) / StatesATrace;
        await Parallel.ForAsync(0, traces, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (i, _) =>
        {
            await RunTraceAsync(new Recorder(seed + i, durability), seed + i, durability, Math.Min(StatesATrace, states - (i * StatesATrace)), isGood: true, total);
            output.Say($"{durability}, seed {seed + i} done: {total}");
        });
        return total;
    }

    private async Task<PowerTally> RunTraceAsync(Recorder recorder, int seed, Durability durability, int states, bool isGood, PowerTally? total = null)
    {
        total ??= new PowerTally();
        using var folder = new TemporaryFolder();
        string path = folder.File("trace");
        recorder.Record(path);
        await ReplayAsync(path, seed, durability, Enumerable.Range(0, states), total, isGood);
        return total;
    }

    private async Task ReplayAsync(string path, int seed, Durability durability, IEnumerable<int> states, PowerTally total, bool isGood)
    {
        using var run = new PowerLossRun(new Trace(path), seed, durability);
        await foreach (PowerOutcome outcome in run.RunAsync(states))
        {
            total.Add(outcome);
            if (isGood && !outcome.IsGood && Interlocked.Increment(ref _reported) <= MostReported)
            {
                string kept = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"messaging-{durability}-{seed}.trace"));
                if (path != kept)
                {
                    File.Copy(path, kept, overwrite: true);
                }

                output.Say($"{outcome}{Environment.NewLine}Replay it: MESSAGING_TRACE={kept} MESSAGING_SEED={seed} MESSAGING_STATE={outcome.Cut.State}, with this test.");
            }
        }
    }
}
