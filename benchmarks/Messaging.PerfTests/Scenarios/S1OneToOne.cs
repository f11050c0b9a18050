using System.Threading.Channels;
using Messaging.PerfTests.Baselines;
using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>One producer, one consumer, each message acknowledged, in memory.</summary>
internal sealed class S1OneToOne : IScenario
{
    private const long FirstGuess = 50_000;

    public string Id => "S1";

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        IReadOnlyList<Comparison> results = await new Contest(Id, options).RunAsync(
            FirstGuess,
            new Contender("raw bounded channel", BaselineAsync),
            new Contender("1→1 handler", HandlerAsync),
            new Contender("1→1 await foreach", ConsumerAsync));
        var rates = ScenarioResult.Of(results.Select(r => ComparisonRow.OfRates(Id, r, Target.Promise(0.6))));
        return options.Noise
            ? rates
            : rates with { Limits = [AllocatedBesideBody.Bound(Id, results[0], 1), AllocatedBesideBody.Bound(Id, results[1], 1)] };
    }

    internal static async Task<Measurement> BaselineAsync(long messages, CancellationToken cancellationToken)
    {
        var tally = new Tally();
        Channel<Payload> channel = RawChannel.Create();
        Meter meter = Meter.Start();
        Task reader = Task.Run(() => RawChannel.ReadAsync(channel.Reader, tally), CancellationToken.None);
        await Task.Run(() => RawChannel.WriteAsync(channel.Writer, 0, messages), CancellationToken.None);
        channel.Writer.Complete();
        await reader;
        Measurement measurement = meter.Stop(messages);
        Tally.Verify([tally], messages);
        return measurement;
    }

    internal static async Task<Measurement> HandlerAsync(long messages, CancellationToken cancellationToken)
    {
        var tally = new Tally();
        await using var broker = MessageBroker.InMemory();
        IQueue queue = broker.Queue("s1", new QueueOptions { Capacity = RawChannel.Capacity });
        await using IProducer<Payload> producer = queue.Producer<Payload>();
        Meter meter = Meter.Start();
        await using IWorker worker = queue.Handle<Payload>((delivery, _) =>
        {
            tally.Add(delivery.Body.Number);
            return ValueTask.CompletedTask;
        });
        await Task.Run(() => Sending.RangeAsync(producer, 0, messages), CancellationToken.None);
        await Tally.WaitAsync([tally], messages, cancellationToken);
        await Settling.WaitAsync(queue, messages, cancellationToken);
        Measurement measurement = meter.Stop(messages);
        Tally.Verify([tally], messages);
        Settling.Verify(queue, messages);
        return measurement;
    }

    private static async Task<Measurement> ConsumerAsync(long messages, CancellationToken cancellationToken)
    {
        var tally = new Tally();
        await using var broker = MessageBroker.InMemory();
        IQueue queue = broker.Queue("s1", new QueueOptions { Capacity = RawChannel.Capacity });
        await using IProducer<Payload> producer = queue.Producer<Payload>();
        await using IConsumer<Payload> consumer = queue.Consumer<Payload>();
        Meter meter = Meter.Start();
        Task receiver = Task.Run(() => ReceiveAsync(consumer, tally, messages, cancellationToken), CancellationToken.None);
        await Task.Run(() => Sending.RangeAsync(producer, 0, messages), CancellationToken.None);
        await receiver;
        Measurement measurement = meter.Stop(messages);
        Tally.Verify([tally], messages);
        Settling.Verify(queue, messages);
        return measurement;
    }

    private static async Task ReceiveAsync(IConsumer<Payload> consumer, Tally tally, long messages, CancellationToken cancellationToken)
    {
        await foreach (Delivery<Payload> delivery in consumer.ReadAllAsync(cancellationToken))
        {
            tally.Add(delivery.Body.Number);
            Settlement settlement = await delivery.AckAsync(CancellationToken.None);
            WrongResultException.ThrowUnless(settlement == Settlement.Acked, $"An ack returned {settlement}.");
            if (tally.Count == messages)
            {
                break;
            }
        }
    }
}
