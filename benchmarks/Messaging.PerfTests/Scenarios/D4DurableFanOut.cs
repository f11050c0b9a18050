using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;
using Messaging.Sqlite;

namespace Messaging.PerfTests.Scenarios;

/// <summary>Durable sends to a topic with ten subscriptions that all handle and acknowledge, against a topic with one; counted in sends.</summary>
internal sealed class D4DurableFanOut : IScenario
{
    private const int Subscriptions = 10;
    private const int GuessPerSender = 200;
    private const int MostFirstGuess = 50_000;

    // Ten may cost 1.3 times the commit time of one.
    private const double Wanted = 0.77;

    public string Id => "D4";

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        var rows = new List<ComparisonRow>();
        var limits = new List<LimitRow>();
        foreach (int inFlight in new[] { 64, 1_000 })
        {
            IReadOnlyList<Comparison> results = await new Contest(Id, options).RunAsync(
                Math.Min(MostFirstGuess, inFlight * GuessPerSender),
                new Contender($"one subscription, {inFlight:N0} in flight", (n, ct) => TopicAsync(options.Folder, 1, inFlight, n, ct)),
                new Contender($"ten subscriptions, {inFlight:N0} in flight", (n, ct) => TopicAsync(options.Folder, Subscriptions, inFlight, n, ct)));
            Comparison alone = await new Contest(Id, options).RunFixedAsync(
                inFlight * CommitRecording.SendsOfASender,
                await RecordAsync(options, $"one subscription, {inFlight:N0} in flight", 1, inFlight),
                await RecordAsync(options, $"ten subscriptions, {inFlight:N0} in flight", Subscriptions, inFlight));
            (double one, double ten) = results[0].MessagesPerCommit;
            rows.Add(ComparisonRow.OfRates(Id, results[0], Target.None));
            rows.Add(ComparisonRow.OfRates(Id, alone, Target.Promise(Wanted)));
            rows.Add(ComparisonRow.OfRates(Id, results[0].InTheCommit(), Target.Direction(Wanted)));
            rows.Add(ComparisonRow.OfRates(Id, results[0].ProcessorInTheCommit(), Target.Direction(Wanted)));
            limits.Add(new LimitRow(Id, $"messages in a commit, {results[0].Name}", "", new Beside("one subscription", one), ten, Target.None));
        }

        return new ScenarioResult(rows, limits);
    }

    private static Task<Contender> RecordAsync(RunOptions options, string name, int count, int inFlight) => CommitRecording.OfAsync(
        name, options, (recording, ct) => TopicAsync(options.Folder, count, inFlight, inFlight * CommitRecording.SendsOfASender, ct, recording));

    private static async Task<Measurement> TopicAsync(
        string folder, int count, int inFlight, long wanted, CancellationToken cancellationToken, CommitRecording? recording = null)
    {
        long each = Math.Max(1, wanted / inFlight);
        long messages = each * inFlight;
        using var scratch = new ScratchFolder(folder);
        long[] latencies = new long[messages];
        var store = new TimedStore(new SqliteMessageStore(scratch.File("topic.db")), recording);
        await using MessageBroker broker = await MessageBroker.OpenAsync(store, cancellationToken: cancellationToken);
        await DurableSending.PrepareAsync(broker, cancellationToken);
        var subscriptions = new ISubscription[count];
        var tallies = new Tally[count];
        var workers = new IWorker[count];
        for (int i = 0; i < count; i++)
        {
            var tally = new Tally();
            tallies[i] = tally;
            subscriptions[i] = await broker.SubscribeAsync("d4", $"reader-{i}", cancellationToken: cancellationToken);
            workers[i] = subscriptions[i].Handle<ReadOnlyMemory<byte>>((delivery, _) =>
            {
                tally.Add(RawBody.NumberOf(delivery.Body));
                return ValueTask.CompletedTask;
            });
        }

        IProducer<ReadOnlyMemory<byte>> producer = broker.Topic("d4").Producer<ReadOnlyMemory<byte>>();
        Meter meter = Meter.Start();
        store.Reset();
        await DurableSending.RunAsync([producer], inFlight, each, latencies);
        await Tally.WaitAsync(tallies, messages * count, cancellationToken);
        foreach (ISubscription subscription in subscriptions)
        {
            await Settling.WaitAsync(subscription, messages, cancellationToken);
            Settling.Verify(subscription, messages);
        }

        await Task.WhenAll(workers.Select(static w => w.DisposeAsync().AsTask()));
        await broker.DisposeAsync();
        Measurement measurement = meter.Stop(messages) with { Latencies = Latency.FromTimestamps(latencies), Commits = store.Read() };
        foreach (Tally tally in tallies)
        {
            Tally.Verify([tally], messages);
        }

        return measurement;
    }
}
