
namespace Messaging.Crash.Tests.Kills;

/// <summary>The workload reaches each named point, and dying there for the first time loses nothing.</summary>
public sealed class CrashPointTests(ITestOutputHelper output)
{
    private const int Seed = 407;

    [Fact]
    public void Kill_AtTheFirstTimeOfEachNamedPoint_IsReachedAndLosesNothing()
    {
        output.WriteLine($"seed {Seed}");
        using var loop = new KillLoop(Seed, Durability.Power);
        // A first life leaves something to recover, dead letters among it.
        loop.Live(point: null, 0, 1_500);
        foreach (string point in CrashPoints.All)
        {
            loop.Live(point, times: 1, events: 20_000).Should().BeTrue($"the workload reaches {point}");
        }

        loop.DrainAndCheck().Select(violation => violation.ToString()).Should().BeEmpty();
        loop.SendsConfirmed.Should().BePositive();
    }

    [Fact]
    public void Names_OfEngineAndStore_AreDistinct() => CrashPoints.All.Should().OnlyHaveUniqueItems().And.HaveCount(23);
}
