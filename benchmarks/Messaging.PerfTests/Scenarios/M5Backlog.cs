using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>A backlog in memory, from a thousand messages to ten million: what a waiting message takes, and what it costs to send one and to receive one.</summary>
/// <remarks>All messages share one body, so the bytes are those of the engine. One thread sends all, then receives and acknowledges all.</remarks>
internal sealed class M5Backlog : IScenario
{
    private const string PerSend = "send";
    private const string PerReceive = "receive and acknowledge";
    private const string BytesEach = "a waiting message beside its body";
    private const long LeastMessages = 1_000_000;
    private const double MostGrowth = 4;

    public string Id => "M5";

    public bool HasBaseLine => false;

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        var ledger = new CostLedger(Id);
        foreach (int size in Sizes.Of(options, 1_000, 10_000, 100_000, 1_000_000, 10_000_000))
        {
            int rounds = size > LeastMessages ? 2 : 3;
            for (int round = 0; round <= rounds; round++)
            {
                await HangGuard.RunAsync($"M5 {size:N0}", options.LongHangLimit, ct => MeasureAsync(round == 0 ? new CostLedger(Id) : ledger, size, ct));
            }
        }

        return new ScenarioResult([], [
            ledger.Growth(PerSend, Target.Promise(MostGrowth)),
            ledger.Growth(PerReceive, Target.Promise(MostGrowth)),
            ledger.Growth(BytesEach, Target.None),
        ])
        {
            Charts =
            [
                new CostChart(Id, "a backlog in memory", "messages waiting", [
                    ledger.Panel("Processor time", "ns each", PerSend, PerReceive),
                    ledger.Panel("Memory", "bytes each", BytesEach),
                ]),
            ],
        };
    }

    private static async Task<bool> MeasureAsync(CostLedger ledger, long size, CancellationToken cancellationToken)
    {
        await using var broker = MessageBroker.InMemory();
        IQueue queue = broker.Queue("m5", new QueueOptions { Capacity = size });
        await using IProducer<Payload> producer = queue.Producer<Payload>();
        await using IConsumer<Payload> consumer = queue.Consumer<Payload>();
        Payload body = Payload.Of(0);
        var sending = new CostClock();
        var receiving = new CostClock();
        long before = HeldBytes.Read();
        long held = 0;
        long cycles = Math.Max(1, LeastMessages / size);
        for (long cycle = 0; cycle < cycles; cycle++)
        {
            sending.Start();
            await SendAsync(producer, body, size);
            sending.Stop(size);
            held = cycle == 0 ? HeldBytes.Read() - before : held;
            receiving.Start();
            await ReceiveAsync(consumer, size, cancellationToken);
            receiving.Stop(size);
        }

        Settling.Verify(queue, cycles * size);
        ledger.Add(PerSend, size, sending.CpuNanoseconds);
        ledger.Add(PerReceive, size, receiving.CpuNanoseconds);
        ledger.Add(BytesEach, size, (double)held / size);
        return true;
    }

    private static async Task SendAsync(IProducer<Payload> producer, Payload body, long count)
    {
        for (long i = 0; i < count; i++)
        {
            await producer.SendAsync(body);
        }
    }

    private static async Task ReceiveAsync(IConsumer<Payload> consumer, long count, CancellationToken cancellationToken)
    {
        for (long i = 0; i < count; i++)
        {
            WrongResultException.ThrowUnless(consumer.TryReceive(out Delivery<Payload> delivery), $"{i:N0} of {count:N0} messages came.");
            Settlement settlement = await delivery.AckAsync(cancellationToken);
            WrongResultException.ThrowUnless(settlement == Settlement.Acked, $"An ack returned {settlement}.");
        }
    }
}
