namespace Messaging.PerfTests.Scenarios;

/// <summary>All scenarios, in the order of running.</summary>
internal static class ScenarioCatalogue
{
    public static IReadOnlyList<IScenario> All { get; } =
        [
            new S1OneToOne(), new S2Competing(), new S3FanOut(), new S4IdleLatency(), new D1DurableSends(), new D2ManyQueues(),
            new D3Opening(), new D4DurableFanOut(), new D5Space(), new D6SteadyMemory(), new D7OutOfOrderAcks(), new D8BacklogReading(),
            new M1ManyQueues(), new M2ManySubscriptions(), new M3Scheduled(), new M4LeaseExpiry(), new M5Backlog(),
            new P1MemoryPeers(), new P2DurablePeers(),
        ];

    public static IReadOnlyList<string> Ids { get; } = [.. All.Select(static s => s.Id)];
}
