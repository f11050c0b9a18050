using Messaging.Testing.Histories;

namespace Messaging.Crash.Tests.Kills;

/// <summary>A process that stands still for longer than its leases: who wakes up settles too late, and no message is handled twice for that.</summary>
public sealed class PauseTests(ITestOutputHelper output)
{
    private const int Seed = 5;

    [Fact]
    public void Pause_LongerThanTheLeases_RefusesLateAcksAndBreaksNoInvariant()
    {
        output.WriteLine($"seed {Seed}");
        using var loop = new KillLoop(Seed, Durability.Power);

        loop.Live(point: null, 0, 6_000, (process, told) =>
        {
            if (told % 600 == 0)
            {
                process.Pause(TimeSpan.FromMilliseconds(150));
            }
        });

        loop.DrainAndCheck().Select(violation => violation.ToString()).Should().BeEmpty();
        loop.History.Of(HistoryOperation.Ack).Count(ack => ack.Outcome == HistoryOutcome.Failed)
            .Should().BePositive("an ack that comes after its lease has ended is refused");
    }
}
