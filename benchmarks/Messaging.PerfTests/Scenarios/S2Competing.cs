using System.Threading.Channels;
using Messaging.PerfTests.Baselines;
using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>Two producers, four consumers that compete, each message acknowledged, in memory.</summary>
internal sealed class S2Competing : IScenario
{
    private const long FirstGuess = 50_000;
    private const int Producers = 2;
    private const int Consumers = 4;

    public string Id => "S2";

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        IReadOnlyList<Comparison> results = await new Contest(Id, options).RunAsync(
            FirstGuess,
            new Contender("raw bounded channel", BaselineAsync),
            new Contender("2→4 handlers", HandlersAsync));
        var rates = ScenarioResult.Of(results.Select(r => ComparisonRow.OfRates(Id, r, Target.Promise(0.6))));
        return options.Noise ? rates : rates with { Limits = [AllocatedBesideBody.Bound(Id, results[0], 1)] };
    }

    private static async Task<Measurement> BaselineAsync(long wanted, CancellationToken cancellationToken)
    {
        (long each, long messages) = (wanted / Producers, wanted / Producers * Producers);
        Tally[] tallies = NewTallies();
        Channel<Payload> channel = RawChannel.Create();
        Meter meter = Meter.Start();
        Task[] readers = [.. tallies.Select(tally => Task.Run(() => RawChannel.ReadAsync(channel.Reader, tally), CancellationToken.None))];
        await Task.WhenAll(Enumerable.Range(0, Producers)
            .Select(p => Task.Run(() => RawChannel.WriteAsync(channel.Writer, p * each, each), CancellationToken.None)));
        channel.Writer.Complete();
        await Task.WhenAll(readers);
        Measurement measurement = meter.Stop(messages);
        Tally.Verify(tallies, messages);
        return measurement;
    }

    private static async Task<Measurement> HandlersAsync(long wanted, CancellationToken cancellationToken)
    {
        (long each, long messages) = (wanted / Producers, wanted / Producers * Producers);
        Tally[] tallies = NewTallies();
        await using var broker = MessageBroker.InMemory();
        IQueue queue = broker.Queue("s2", new QueueOptions { Capacity = RawChannel.Capacity });
        await using IProducer<Payload> producer = queue.Producer<Payload>();
        Meter meter = Meter.Start();
        IWorker[] workers = [.. tallies.Select(tally => queue.Handle<Payload>((delivery, _) =>
        {
            tally.Add(delivery.Body.Number);
            return ValueTask.CompletedTask;
        }))];
        await Task.WhenAll(Enumerable.Range(0, Producers)
            .Select(p => Task.Run(() => Sending.RangeAsync(producer, p * each, each), CancellationToken.None)));
        await Tally.WaitAsync(tallies, messages, cancellationToken);
        await Settling.WaitAsync(queue, messages, cancellationToken);
        Measurement measurement = meter.Stop(messages);
        Tally.Verify(tallies, messages);
        Settling.Verify(queue, messages);
        foreach (IWorker worker in workers)
        {
            await worker.DisposeAsync();
        }

        return measurement;
    }

    private static Tally[] NewTallies() => [.. Enumerable.Range(0, Consumers).Select(static _ => new Tally())];
}
