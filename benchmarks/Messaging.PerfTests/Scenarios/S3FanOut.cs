using System.Threading.Channels;
using Messaging.PerfTests.Baselines;
using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>One producer, a topic with ten subscriptions, each delivery acknowledged, in memory; counted in deliveries.</summary>
internal sealed class S3FanOut : IScenario
{
    private const long FirstGuess = 50_000;
    private const int Subscriptions = 10;

    public string Id => "S3";

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        IReadOnlyList<Comparison> results = await new Contest(Id, options).RunAsync(
            FirstGuess,
            new Contender("ten raw bounded channels", BaselineAsync),
            new Contender("1→10 subscriptions", TopicAsync));
        var rates = ScenarioResult.Of(results.Select(r => ComparisonRow.OfRates(Id, r, Target.Promise(0.8))));
        return options.Noise ? rates : rates with { Limits = [AllocatedBesideBody.Bound(Id, results[0], Subscriptions)] };
    }

    private static async Task<Measurement> BaselineAsync(long deliveries, CancellationToken cancellationToken)
    {
        long messages = deliveries / Subscriptions;
        Tally[] tallies = NewTallies();
        Channel<Payload>[] channels = [.. tallies.Select(static _ => RawChannel.Create())];
        Meter meter = Meter.Start();
        Task[] readers = [.. channels.Zip(tallies, static (channel, tally) => Task.Run(() => RawChannel.ReadAsync(channel.Reader, tally)))];
        ChannelWriter<Payload>[] writers = [.. channels.Select(static c => c.Writer)];
        await Task.Run(() => RawChannel.WriteAsync(writers, 0, messages), CancellationToken.None);
        foreach (ChannelWriter<Payload> writer in writers)
        {
            writer.Complete();
        }

        await Task.WhenAll(readers);
        Measurement measurement = meter.Stop(messages * Subscriptions);
        VerifyEach(tallies, messages);
        return measurement;
    }

    private static async Task<Measurement> TopicAsync(long deliveries, CancellationToken cancellationToken)
    {
        long messages = deliveries / Subscriptions;
        Tally[] tallies = NewTallies();
        await using var broker = MessageBroker.InMemory();
        ITopic topic = broker.Topic("s3", new TopicOptions { Capacity = RawChannel.Capacity });
        var subscriptions = new ISubscription[Subscriptions];
        for (int i = 0; i < Subscriptions; i++)
        {
            subscriptions[i] = await broker.SubscribeAsync("s3", $"reader-{i}", cancellationToken: cancellationToken);
        }

        await using IProducer<Payload> producer = topic.Producer<Payload>();
        Meter meter = Meter.Start();
        IWorker[] workers = [.. subscriptions.Zip(tallies, static (subscription, tally) => subscription.Handle<Payload>((delivery, _) =>
        {
            tally.Add(delivery.Body.Number);
            return ValueTask.CompletedTask;
        }))];
        await Task.Run(() => Sending.RangeAsync(producer, 0, messages), CancellationToken.None);
        await Tally.WaitAsync(tallies, messages * Subscriptions, cancellationToken);
        foreach (ISubscription subscription in subscriptions)
        {
            await Settling.WaitAsync(subscription, messages, cancellationToken);
        }

        Measurement measurement = meter.Stop(messages * Subscriptions);
        VerifyEach(tallies, messages);
        foreach ((ISubscription subscription, IWorker worker) in subscriptions.Zip(workers))
        {
            Settling.Verify(subscription, messages);
            await worker.DisposeAsync();
        }

        return measurement;
    }

    private static void VerifyEach(Tally[] tallies, long messages)
    {
        foreach (Tally tally in tallies)
        {
            Tally.Verify([tally], messages);
        }
    }

    private static Tally[] NewTallies() => [.. Enumerable.Range(0, Subscriptions).Select(static _ => new Tally())];
}
