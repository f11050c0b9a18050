using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>Up to a hundred thousand leases in flight in memory, acknowledged as fast as one thread can but for one in a hundred: how late the lost ones come again, and what that takes.</summary>
internal sealed class M4LeaseExpiry : IScenario
{
    private const string P50 = "p50";
    private const string P99 = "p99";
    private const string Latest = "the latest";
    private const string BareTimer = "p99 of a bare timer meanwhile";
    private const string CoresBeside = "beside the consumer's thread";
    private const string Cores = "the whole process";
    private const string PerAck = "send, receive and acknowledge";
    private const double MostMilliseconds = 20;
    private const double MostCores = 1;
    private const double MostGrowth = 4;

    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(2);

    public string Id => "M4";

    public bool HasBaseLine => false;

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        var ledger = new CostLedger(Id);
        IReadOnlyList<int> sizes = Sizes.Of(options, 1_000, 10_000, 100_000);
        TimeSpan measured = TimeSpan.FromSeconds(options.Quick ? 2 : 5);
        await HangGuard.RunAsync("M4 warming up", options.HangLimit, ct => MeasureAsync(new CostLedger(Id), sizes[0], TimeSpan.FromSeconds(1), ct));
        LeaseFigures largest = default;
        foreach (int size in sizes)
        {
            largest = await HangGuard.RunAsync($"M4 {size:N0}", options.HangLimit, ct => MeasureAsync(ledger, size, measured, ct));
        }

        int most = sizes[^1];
        return new ScenarioResult([], [
            new LimitRow(
                Id,
                FormattableString.Invariant($"lateness of an expired lease, p99, {most:N0} in flight"),
                "ms",
                new Beside(FormattableString.Invariant($"ms the latest of {largest.Lateness.Samples:N0}"), largest.LatestMicroseconds / 1_000),
                largest.Lateness.P99 / 1_000,
                Target.Promise(MostMilliseconds)),
            new LimitRow(
                Id,
                FormattableString.Invariant($"processors taken beside the consumer's thread, {most:N0} in flight"),
                "cores",
                new Beside("the whole process", largest.Cores),
                largest.CoresBeside,
                Target.Promise(MostCores)),
            new LimitRow(
                Id,
                FormattableString.Invariant($"acknowledged meanwhile, {most:N0} in flight"),
                "msg/s",
                new Beside("lost a second", largest.Lost / largest.Elapsed.TotalSeconds),
                largest.Acks / largest.Elapsed.TotalSeconds,
                Target.None),
            new LimitRow(Id, "lateness of a bare timer in the same process, p99", "ms", null, ledger.Series(BareTimer).Points[^1].Cost, Target.None),
            ledger.Growth(PerAck, Target.Promise(MostGrowth)),
        ])
        {
            Charts =
            [
                new CostChart(Id, "leases in flight in memory, one acknowledgement in a hundred lost", "leases in flight", [
                    ledger.Panel("From the end of a lost lease to the next delivery", "ms", P50, P99, Latest, BareTimer),
                    ledger.Panel("Processors busy meanwhile", "cores", CoresBeside, Cores),
                    ledger.Panel("Time for each message", "ns", PerAck),
                ]),
            ],
        };
    }

    private static async Task<LeaseFigures> MeasureAsync(CostLedger ledger, int size, TimeSpan measured, CancellationToken cancellationToken)
    {
        await using var broker = MessageBroker.InMemory();
        IQueue queue = broker.Queue("m4", new QueueOptions { Capacity = 100_000_000, MaxOutOfOrder = 1_000_000, Retry = RetryPolicy.Fixed(TimeSpan.Zero) });
        await using IProducer<Payload> producer = queue.Producer<Payload>();
        await using IConsumer<Payload> consumer = queue.Consumer<Payload>(new ConsumerOptions { LeaseDuration = _lease });
        using var probe = new TimerProbe();
        var load = new LeaseLoad(producer, consumer, size, _lease);

        // A thread of its own, whose processor time is told apart from all else.
        LeaseFigures figures = await Task.Factory.StartNew(
            () => load.Run(measured, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        ledger.Add(P50, size, figures.Lateness.P50 / 1_000);
        ledger.Add(P99, size, figures.Lateness.P99 / 1_000);
        ledger.Add(Latest, size, figures.LatestMicroseconds / 1_000);
        ledger.Add(BareTimer, size, probe.Read().P99 / 1_000);
        ledger.Add(CoresBeside, size, figures.CoresBeside);
        ledger.Add(Cores, size, figures.Cores);
        ledger.Add(PerAck, size, figures.NanosecondsPerAck);
        return figures;
    }
}
