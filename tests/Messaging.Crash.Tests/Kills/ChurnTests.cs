using System.Globalization;
using Messaging.Testing.Checkers;
using Messaging.Testing.Histories;
using Messaging.TestSupport;

namespace Messaging.Crash.Tests.Kills;

/// <summary>Consumers, handlers, subscriptions, redrives, purges and pauses that come and go under load, 10,000 of them.</summary>
/// <remarks><c>MESSAGING_CHURN=1000000 MESSAGING_SEED=1</c> in the environment ask for more, in rounds.</remarks>
public sealed class ChurnTests(ITestOutputHelper output)
{
    private const int OperationsARound = 10_000;

    [Fact]
    public void Churn_UnderLoad_BreaksNoInvariantAndLeavesNothing()
    {
        int operations = RunSize.Of("MESSAGING_CHURN", quick: 1_000, OperationsARound);
        int seed = RunSize.Number("MESSAGING_SEED", 61);
        for (int done = 0; done < operations; done += OperationsARound, seed++)
        {
            using var folder = new TemporaryFolder();
            var history = new History();
            using WorkloadProcess process = WorkloadProcess.Start(
                environment: null, "churn", folder.File("broker.db"), seed.ToString(CultureInfo.InvariantCulture),
                Math.Min(OperationsARound, operations - done).ToString(CultureInfo.InvariantCulture));

            int told = process.ReadAndKill(history, int.MaxValue);

            string progress = $"{Math.Min(done + OperationsARound, operations)} operations, seed {seed}, {told} events";
            output.Say(progress);
            process.ExitCode.Should().Be(0, process.Errors);
            Checker.Check(history).Select(violation => violation.ToString()).Should().BeEmpty(progress);
            history.Of(HistoryOperation.Rest).Should().NotBeEmpty();
        }
    }
}
