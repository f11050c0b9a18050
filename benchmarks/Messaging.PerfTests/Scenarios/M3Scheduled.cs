using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>Up to a million scheduled messages in memory: what it costs to arm one, to cancel one and to have one fire, and what one takes while it waits.</summary>
/// <remarks>Due at random times within an hour, on a clock that the scenario moves, some hundred messages at a step. Half of them
/// are cancelled, in random order. A message that fires has entered its queue; that it comes once, not before its time and in
/// the step that reaches it, is checked, and what it costs to receive it is not counted.</remarks>
internal sealed class M3Scheduled : IScenario
{
    private const string Arm = "arm";
    private const string Cancel = "cancel";
    private const string Fire = "fire";
    private const string BytesEach = "a scheduled message beside its body";
    private const int PerStep = 100;
    private const int LeastMessages = 100_000;
    private const int Rounds = 3;
    private const int Seed = 3;
    private const double MostGrowth = 8;

    private static readonly TimeSpan _span = TimeSpan.FromHours(1);

    public string Id => "M3";

    public bool HasBaseLine => false;

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        var ledger = new CostLedger(Id);
        foreach (int size in Sizes.Of(options, 1_000, 10_000, 100_000, 1_000_000))
        {
            for (int round = 0; round <= Rounds; round++)
            {
                CostLedger into = round == 0 ? new CostLedger(Id) : ledger;
                await HangGuard.RunAsync($"M3 {size:N0}", options.HangLimit, ct => MeasureAsync(into, size, ct));
            }
        }

        return new ScenarioResult([], [
            ledger.Growth(Arm, Target.Promise(MostGrowth)),
            ledger.Growth(Cancel, Target.Promise(MostGrowth)),
            ledger.Growth(Fire, Target.Promise(MostGrowth)),
            ledger.Growth(BytesEach, Target.None),
        ])
        {
            Charts =
            [
                new CostChart(Id, "scheduled messages in memory", "scheduled messages", [
                    ledger.Panel("Processor time", "ns each", Arm, Cancel, Fire),
                    ledger.Panel("Memory", "bytes each", BytesEach),
                ]),
            ],
        };
    }

    private static async Task<bool> MeasureAsync(CostLedger ledger, int size, CancellationToken cancellationToken)
    {
        var random = new Random(Seed);
        var bodies = new Payload[size];
        var dues = new TimeSpan[size];
        var ids = new MessageId[size];
        var arming = new CostClock();
        var cancelling = new CostClock();
        var firing = new CostClock();
        double bytes = 0;
        int cycles = Math.Max(1, LeastMessages / size);
        for (int cycle = 0; cycle < cycles; cycle++)
        {
            for (int i = 0; i < size; i++)
            {
                bodies[i] = Payload.Of(i);
                dues[i] = TimeSpan.FromTicks(random.NextInt64(TimeSpan.TicksPerSecond, _span.Ticks));
            }

            var time = new SteppedTime();
            await using var broker = MessageBroker.InMemory(new BrokerOptions { TimeProvider = time, MaxScheduled = size });
            IQueue queue = broker.Queue("m3", new QueueOptions { Capacity = size });
            await using IProducer<Payload> producer = queue.Producer<Payload>();

            // Counting bytes empties the processor's caches, so it is done once.
            bool counts = cycle == 0;
            long before = counts ? HeldBytes.Read() : 0;
            arming.Start();
            await ArmAsync(producer, bodies, dues, ids);
            arming.Stop(size);
            bytes = counts ? (double)(HeldBytes.Read() - before) / size : bytes;

            int[] order = [.. Enumerable.Range(0, size)];
            random.Shuffle(order);
            cancelling.Start();
            await CancelAsync(broker, order, size / 2, ids, cancellationToken);
            cancelling.Stop(size / 2);

            order.AsSpan(size / 2).Sort((a, b) => dues[a].CompareTo(dues[b]));
            await FireAsync(queue, time, firing, order.AsMemory(size / 2), dues, cancellationToken);
        }

        ledger.Add(Arm, size, arming.CpuNanoseconds);
        ledger.Add(Cancel, size, cancelling.CpuNanoseconds);
        ledger.Add(Fire, size, firing.CpuNanoseconds);
        ledger.Add(BytesEach, size, bytes);
        return true;
    }

    private static async Task ArmAsync(IProducer<Payload> producer, Payload[] bodies, TimeSpan[] dues, MessageId[] ids)
    {
        for (int i = 0; i < bodies.Length; i++)
        {
            ids[i] = (await producer.SendAsync(bodies[i], new SendOptions { Delay = dues[i] })).MessageId;
        }
    }

    private static async Task CancelAsync(MessageBroker broker, int[] order, int count, MessageId[] ids, CancellationToken cancellationToken)
    {
        for (int i = 0; i < count; i++)
        {
            bool cancelled = await broker.CancelAsync(ids[order[i]], cancellationToken);
            WrongResultException.ThrowUnless(cancelled, $"Message {order[i]:N0} could not be cancelled.");
        }
    }

    /// <summary>Moves the clock to each hundredth message, and checks that just those have come.</summary>
    private static async Task FireAsync(
        IQueue queue, SteppedTime time, CostClock clock, ReadOnlyMemory<int> inOrder, TimeSpan[] dues, CancellationToken cancellationToken)
    {
        await using IConsumer<Payload> consumer = queue.Consumer<Payload>();
        for (int fired = 0; fired < inOrder.Length;)
        {
            int end = Math.Min(fired + PerStep, inOrder.Length);
            TimeSpan until = dues[inOrder.Span[end - 1]];
            clock.Start();
            time.AdvanceTo(until);
            clock.Stop(end - fired);
            for (; fired < end; fired++)
            {
                WrongResultException.ThrowUnless(consumer.TryReceive(out Delivery<Payload> delivery), $"Message {inOrder.Span[fired]:N0} did not come at {until}.");
                WrongResultException.ThrowUnless(
                    dues[delivery.Body.Number] == dues[inOrder.Span[fired]], $"Message {delivery.Body.Number:N0} came where {inOrder.Span[fired]:N0} was due.");
                await delivery.AckAsync(cancellationToken);
            }
        }

        Settling.Verify(queue, inOrder.Length);
    }
}
