using Messaging.Diagnostics;
using Messaging.Testing.Checkers;
using Messaging.Testing.Histories;

namespace Messaging.Crash.Tests.Kills;

/// <summary>The oracle is proved: each mistake that the engine can be told to make is found by the checker that should, and without one nothing is found.</summary>
/// <remarks>The store's own seeded bug, a commit without a sync, is invisible to kills; the replay of power loss finds it.</remarks>
public sealed class SeededBugTests(ITestOutputHelper output)
{
    private const int Seed = 911;

    // Where a mistake shows only if the process dies at the right moment, it gets more than one chance.
    private const int Chances = 4;

    public static TheoryData<string> Parts => ["order", "retry", "lease", "return", "refuse", "idle", "ranges", "repeat", "dead", "doubt", "clock"];

    [Theory]
    [InlineData(nameof(SeededBug.SkipTokenCheck), "lease", "I6")]
    [InlineData(nameof(SeededBug.LoseReturned), "return", "I7")]
    [InlineData(nameof(SeededBug.EarlyTimer), "retry", "I9")]
    [InlineData(nameof(SeededBug.DoubleDispatch), "order", "I4")]
    [InlineData(nameof(SeededBug.FloorOffByOne), "order", "I1")]
    [InlineData(nameof(SeededBug.NoWakeAfterExpiry), "retry", "I7")]
    [InlineData(nameof(SeededBug.LeakTimer), "idle", "I13")]
    [InlineData(nameof(SeededBug.DeliverBeforeCommit), "refuse", "I2")]
    [InlineData(nameof(SeededBug.AckBeforeCommit), "doubt", "I3")]
    [InlineData(nameof(SeededBug.ForgetRangeMerge), "ranges", "I3")]
    [InlineData(nameof(SeededBug.ForgetRangeStored), "ranges", "I3")]
    [InlineData(nameof(SeededBug.ForgetFailures), "ranges", "I10")]
    [InlineData(nameof(SeededBug.DeadLetterInTwo), "dead", "I10")]
    [InlineData(nameof(SeededBug.ForgetWindow), "repeat", "I11")]
    [InlineData(nameof(SeededBug.TrimTooFar), "order", "I1")]
    [InlineData(nameof(SeededBug.ForgetWallStep), "clock", "I9")]
    public void SteadyWorkload_WithASeededBug_BreaksItsInvariant(string bug, string part, string invariant) =>
        Expect(invariant, RunSteady(part, bug, out _));

    [Theory]
    [MemberData(nameof(Parts))]
    public void SteadyWorkload_WithoutABug_BreaksNothing(string part)
    {
        RunSteady(part, nameof(SeededBug.None), out int exitCode).Should().BeEmpty();
        exitCode.Should().Be(0);
    }

    [Theory]
    [InlineData(nameof(SeededBug.AckBeforeCommit), "I3")]
    [InlineData(nameof(SeededBug.ForgetRangeStored), "I3")]
    public void KilledWorkload_WithASeededBug_BreaksItsInvariant(string bug, string invariant)
    {
        IReadOnlyList<Violation> found = [];
        for (int chance = 0; chance < Chances && found.All(violation => violation.Invariant != invariant); chance++)
        {
            found = RunKilled(bug, Seed + chance);
        }

        Expect(invariant, found);
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

    private IReadOnlyList<Violation> RunKilled(string bug, int seed)
    {
        output.WriteLine($"seed {seed}");
        using var loop = new KillLoop(seed, Durability.Power) { DrainSeconds = 4 };
        loop.Environment[SeededBugs.Variable] = bug;
        loop.Live(point: null, 0, 3_000);
        loop.Live(Sqlite.Diagnostics.CrashPoint.CommitBegins, 120, 6_000);
        loop.Live(point: null, 0, 4_000);
        return loop.DrainAndCheck();
    }

    private static IReadOnlyList<Violation> RunSteady(string part, string bug, out int exitCode)
    {
        var history = new History();
        using WorkloadProcess process = WorkloadProcess.Start(
            new Dictionary<string, string> { [SeededBugs.Variable] = bug }, "steady", part);
        process.ReadAndKill(history, int.MaxValue);
        history.Events.Should().NotBeEmpty(process.Errors);
        process.Hung.Should().BeFalse();
        exitCode = process.ExitCode;
        return Checker.Check(history);
    }

    private void Expect(string invariant, IReadOnlyList<Violation> found)
    {
        foreach (Violation violation in found.Take(5))
        {
            output.WriteLine(violation.ToString());
        }

        found.Select(violation => violation.Invariant).Should().Contain(invariant);
    }
}
