using Messaging.PerfTests.Peers;
using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>In memory, side by side: a raw channel, this broker and MassTransit's in-memory transport.</summary>
internal sealed class P1MemoryPeers : IScenario
{
    private const long FirstGuess = 5_000;
    private const int Window = 64;
    private const string RawChannelName = "raw bounded channel";
    private const string OursName = "Messaging";

    public string Id => "P1";

    /// <inheritdoc/>
    /// <remarks>It is that of S1 and S4, which is held against itself there.</remarks>
    public bool HasBaseLine => false;

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        var contest = new Contest(Id, options);
        IReadOnlyList<Comparison> rates = await contest.RunInTurnAsync(
            FirstGuess,
            new Contender(RawChannelName, S1OneToOne.BaselineAsync),
            new Contender(OursName, S1OneToOne.HandlerAsync),
            new Contender("MassTransit, each send awaited", new MassTransitQueue(1).PassAsync),
            new Contender($"MassTransit, {Window} sends under way", new MassTransitQueue(Window).PassAsync));
        IReadOnlyList<Comparison> latencies = await contest.RunFixedInTurnAsync(
            (S4IdleLatency.Samples / options.Rounds) + 1,
            new Contender(RawChannelName, S4IdleLatency.BaselineAsync),
            new Contender(OursName, S4IdleLatency.HandlerAsync),
            new Contender("MassTransit", new MassTransitQueue(1).TimeAsync));
        return new ScenarioResult([], [])
        {
            SideBySide =
                [
                    .. SideRow.OfRates(Id, "in memory, 1→1", RawChannelName, rates),
                    .. SideRow.OfLatencies(Id, "in memory, idle, from the send to its handler", RawChannelName, latencies),
                ],
            Notes = [$"P1: MassTransit {MassTransitQueue.Version}, Apache-2.0; it serializes each message, the other two hand over a reference."],
        };
    }
}
