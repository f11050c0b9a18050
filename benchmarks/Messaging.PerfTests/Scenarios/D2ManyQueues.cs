using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;
using Messaging.Sqlite;

namespace Messaging.PerfTests.Scenarios;

/// <summary>A thousand durable sends in flight, spread over 256 queues with a handler each, against one queue.</summary>
/// <remarks>The whole way; the time inside of the store's commits meanwhile; and the same commits once more with nothing beside
/// them, which is what spreading costs in the commit.</remarks>
internal sealed class D2ManyQueues : IScenario
{
    private const int Queues = 256;
    private const int InFlight = 1_000;
    private const long FirstGuess = 50_000;
    private const double Wanted = 0.8;

    public string Id => "D2";

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        IReadOnlyList<Comparison> results = await new Contest(Id, options).RunAsync(
            FirstGuess,
            new Contender("one queue", (n, ct) => QueuesAsync(options.Folder, 1, n, ct)),
            new Contender($"{Queues} queues", (n, ct) => QueuesAsync(options.Folder, Queues, n, ct)));
        Comparison alone = await new Contest(Id, options).RunFixedAsync(
            InFlight * CommitRecording.SendsOfASender, await RecordAsync(options, "one queue", 1), await RecordAsync(options, $"{Queues} queues", Queues));
        (double one, double many) = results[0].MessagesPerCommit;
        return new ScenarioResult(
            [
                ComparisonRow.OfRates(Id, results[0], Target.Direction(Wanted)),
                ComparisonRow.OfRates(Id, alone, Target.Promise(Wanted)),
                ComparisonRow.OfRates(Id, results[0].InTheCommit(), Target.Direction(Wanted)),
                ComparisonRow.OfRates(Id, results[0].ProcessorInTheCommit(), Target.Direction(Wanted)),
            ],
            [new LimitRow(Id, $"messages in a commit, {results[0].Name}", "", new Beside("one queue", one), many, Target.None)]);
    }

    private static Task<Contender> RecordAsync(RunOptions options, string name, int count) => CommitRecording.OfAsync(
        name, options, (recording, ct) => QueuesAsync(options.Folder, count, InFlight * CommitRecording.SendsOfASender, ct, recording));

    private static async Task<Measurement> QueuesAsync(
        string folder, int count, long wanted, CancellationToken cancellationToken, CommitRecording? recording = null)
    {
        long each = Math.Max(1, wanted / InFlight);
        long messages = each * InFlight;
        using var scratch = new ScratchFolder(folder);
        long[] latencies = new long[messages];
        var store = new TimedStore(new SqliteMessageStore(scratch.File("queues.db")), recording);
        await using MessageBroker broker = await MessageBroker.OpenAsync(store, cancellationToken: cancellationToken);
        await DurableSending.PrepareAsync(broker, cancellationToken);
        IQueue[] queues = [.. Enumerable.Range(0, count).Select(n => broker.Queue($"d2.{n}"))];
        IProducer<ReadOnlyMemory<byte>>[] producers = [.. queues.Select(static q => q.Producer<ReadOnlyMemory<byte>>())];
        Tally[] tallies = [.. queues.Select(static _ => new Tally())];
        IWorker[] workers = [.. queues.Zip(tallies, static (queue, tally) => queue.Handle<ReadOnlyMemory<byte>>((delivery, _) =>
        {
            tally.Add(RawBody.NumberOf(delivery.Body));
            return ValueTask.CompletedTask;
        }))];
        Meter meter = Meter.Start();
        store.Reset();
        await DurableSending.RunAsync(producers, InFlight, each, latencies);
        await Tally.WaitAsync(tallies, messages, cancellationToken);
        for (int i = 0; i < count; i++)
        {
            await Settling.WaitAsync(queues[i], tallies[i].Count, cancellationToken);
            Settling.Verify(queues[i], tallies[i].Count);
        }

        await Task.WhenAll(workers.Select(static w => w.DisposeAsync().AsTask()));
        await broker.DisposeAsync();
        Measurement measurement = meter.Stop(messages) with { Latencies = Latency.FromTimestamps(latencies), Commits = store.Read() };
        Tally.Verify(tallies, messages);
        return measurement;
    }
}
