using Messaging.PerfTests.Peers;
using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The durable sends of D1, side by side: raw inserts, this broker on a file, and a RabbitMQ server with both of its durable queues.</summary>
internal sealed class P2DurablePeers : IScenario
{
    private const int GuessPerSender = 100;
    private const int MostFirstGuess = 10_000;

    public string Id => "P2";

    /// <inheritdoc/>
    /// <remarks>It is that of D1, which is held against itself there.</remarks>
    public bool HasBaseLine => false;

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        if (RabbitInstallation.Missing() is { } reason)
        {
            return new ScenarioResult([], []) { Skipped = [$"{Id}: {reason}"] };
        }

        await using RabbitServer server = await RabbitServer.StartAsync(options.Folder);
        Console.Error.WriteLine($"{Id} has started {server.Version}");
        var quorum = new RabbitQueue(server, "quorum");
        var classic = new RabbitQueue(server, "classic");
        var rows = new List<SideRow>();
        foreach (int inFlight in new[] { 1, 64, 1_000 })
        {
            string rawInserts = $"raw SQLite inserts, {inFlight:N0} a transaction";
            IReadOnlyList<Comparison> results = await new Contest(Id, options).RunInTurnAsync(
                Math.Min(MostFirstGuess, inFlight * GuessPerSender),
                new Contender(rawInserts, (n, _) => Task.FromResult(D1DurableSends.Baseline(options.Folder, inFlight, n))),
                new Contender("Messaging, SQLite file", (n, ct) => D1DurableSends.BrokerAsync(options.Folder, inFlight, n, ct)),
                new Contender("RabbitMQ, quorum queue", (n, ct) => quorum.PassAsync(inFlight, n, ct)),
                new Contender("RabbitMQ, classic durable queue", (n, ct) => classic.PassAsync(inFlight, n, ct)));
            rows.AddRange(SideRow.OfRates(Id, $"durable, {inFlight:N0} in flight", rawInserts, results));
        }

        return new ScenarioResult([], [])
        {
            SideBySide = rows,
            ServerCpu = server.Cpu,
            Notes =
                [
                    $"P2: {server.Version}, MPL-2.0; RabbitMQ.Client {RabbitQueue.ClientVersion}, Apache-2.0 or MPL-2.0. "
                        + "It is another process behind loopback TCP, and serves many; bytes are the client's alone.",
                ],
        };
    }
}
