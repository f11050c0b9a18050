using Messaging.PerfTests.Baselines;
using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>Sends that survive a power cut, so many in flight, handled and acknowledged on a file.</summary>
/// <remarks>The clock stops when the broker is closed: by then every acknowledgement is on disk too. The base line writes the
/// same rows and acknowledges nothing.</remarks>
internal sealed class D1DurableSends : IScenario
{
    private const int GuessPerSender = 200;
    private const int MostFirstGuess = 50_000;

    // What is not the broker's: the sender's array with its header, and the bytes of the one stored and delivered copy.
    private const int SendersArray = 128;
    private const int BodyBytes = SendersArray + RawBody.Length;
    private const double MostBytes = 40;

    // Each send of a lone sender has to wait for the disk, as each transaction of the base line has. No broker can be much
    // faster than that and keep its promise, however noisy the machine is.
    private const double TooGood = 10;

    public string Id => "D1";

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        var rows = new List<ComparisonRow>();
        var limits = new List<LimitRow>();
        foreach ((int inFlight, double target) in new[] { (1, 0.9), (64, 0.85), (1_000, 1.5) })
        {
            IReadOnlyList<Comparison> results = await new Contest(Id, options).RunAsync(
                Math.Min(MostFirstGuess, inFlight * GuessPerSender),
                new Contender($"raw inserts, {inFlight:N0} a transaction", (n, _) => Task.FromResult(Baseline(options.Folder, inFlight, n))),
                new Contender($"{inFlight:N0} in flight", (n, ct) => BrokerAsync(options.Folder, inFlight, n, ct)));
            WrongResultException.ThrowUnless(
                inFlight > 1 || options.Noise || results[0].Ratio < TooGood,
                $"A lone sender was {results[0].Ratio:0.0} times as fast as one transaction per row: sends complete before they reach the disk.");
            rows.AddRange(results.Select(r => ComparisonRow.OfRates(Id, r, Target.Promise(target))));
            if (!options.Noise)
            {
                limits.Add(new LimitRow(
                    Id,
                    $"allocated per message at {inFlight:N0} in flight, body excluded",
                    "B",
                    new Beside($"all, less {SendersArray} of the sender's array and {RawBody.Length} of the copy", results[0].Ours.BytesPerMessage),
                    results[0].Ours.BytesPerMessage - BodyBytes,
                    inFlight > 1 ? Target.Promise(MostBytes) : Target.None));
            }
        }

        return new ScenarioResult(rows, limits);
    }

    internal static Measurement Baseline(string folder, int rows, long wanted)
    {
        long transactions = Math.Max(1, wanted / rows);
        using var scratch = new ScratchFolder(folder);
        long[] latencies = new long[transactions];
        using var inserts = new RawSqliteInserts(scratch.File("base.db"));
        inserts.Prepare();
        Meter meter = Meter.Start();
        inserts.Insert(transactions, rows, latencies);
        inserts.Checkpoint();
        Measurement measurement = meter.Stop(transactions * rows);
        inserts.Verify(transactions * rows);
        return measurement with { Latencies = Latency.FromTimestamps(latencies) };
    }

    internal static async Task<Measurement> BrokerAsync(string folder, int inFlight, long wanted, CancellationToken cancellationToken)
    {
        long each = Math.Max(1, wanted / inFlight);
        long messages = each * inFlight;
        using var scratch = new ScratchFolder(folder);
        string file = scratch.File("ours.db");
        long[] latencies = new long[messages];
        var tally = new Tally();
        await using MessageBroker broker = await MessageBroker.OpenAsync(file, cancellationToken: cancellationToken);
        await DurableSending.PrepareAsync(broker, cancellationToken);
        IQueue queue = broker.Queue("d1");
        IProducer<ReadOnlyMemory<byte>> producer = queue.Producer<ReadOnlyMemory<byte>>();
        Meter meter = Meter.Start();
        IWorker worker = queue.Handle<ReadOnlyMemory<byte>>((delivery, _) =>
        {
            tally.Add(RawBody.NumberOf(delivery.Body));
            return ValueTask.CompletedTask;
        });
        await DurableSending.RunAsync([producer], inFlight, each, latencies);
        await Tally.WaitAsync([tally], messages, cancellationToken);
        await Settling.WaitAsync(queue, messages, cancellationToken);
        Settling.Verify(queue, messages);
        await worker.DisposeAsync();
        await broker.DisposeAsync();
        Measurement measurement = meter.Stop(messages);
        Tally.Verify([tally], messages);
        await Backlog.VerifyEmptyAsync(file, "d1", cancellationToken);
        return measurement with { Latencies = Latency.FromTimestamps(latencies) };
    }
}
