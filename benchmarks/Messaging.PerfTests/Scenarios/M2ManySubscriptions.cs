using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>One topic in memory with up to ten thousand subscriptions that all receive: what a delivery costs, what a send costs its sender, and what a subscription takes.</summary>
/// <remarks>In a burst: the sender does not wait, so that a handler that is woken finds some messages. One at a time: each message is
/// handled by all before the next is sent, so that each wakes all handlers and moves the place of all.</remarks>
internal sealed class M2ManySubscriptions : IScenario
{
    private const string InBurst = "in a burst";
    private const string InBurstCpu = "in a burst, processor";
    private const string Alone = "one message at a time";
    private const string AloneCpu = "one message at a time, processor";
    private const string PerSend = "a send, divided by the subscriptions";
    private const string Subscribing = "a new subscription with its handler";
    private const string BytesNew = "a subscription with its handler, new";
    private const string BytesUsed = "the same, idle again after its messages";
    private const long Deliveries = 1_000_000;
    private const long MostInBurst = 65_536;
    private const int Rounds = 3;
    private const int Capacity = 1_000_000;
    private const double MostGrowth = 4;

    public string Id => "M2";

    public bool HasBaseLine => false;

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        var ledger = new CostLedger(Id);
        long deliveries = options.Quick ? Deliveries / 10 : Deliveries;
        foreach (int size in Sizes.Of(options, 1, 10, 100, 1_000, 10_000))
        {
            for (int round = 0; round <= Rounds; round++)
            {
                CostLedger into = round == 0 ? new CostLedger(Id) : ledger;
                await HangGuard.RunAsync($"M2 {size:N0}", options.HangLimit, ct => MeasureAsync(into, size, deliveries, ct));
            }
        }

        return new ScenarioResult([], [
            ledger.Growth(InBurstCpu, Target.Promise(MostGrowth)),
            ledger.Growth(AloneCpu, Target.Promise(MostGrowth)),
            ledger.Growth(Subscribing, Target.None),
        ])
        {
            Charts =
            [
                new CostChart(Id, "many subscriptions of one topic in memory", "subscriptions", [
                    ledger.Panel("A delivery, handled and acknowledged", "ns", InBurst, InBurstCpu, Alone, AloneCpu),
                    ledger.Panel("The sender's part", "ns", PerSend),
                    ledger.Panel("To subscribe and handle", "µs", Subscribing),
                    ledger.Panel("Memory", "bytes", BytesNew, BytesUsed),
                ]),
            ],
        };
    }

    private static async Task<bool> MeasureAsync(CostLedger ledger, int size, long deliveries, CancellationToken cancellationToken)
    {
        await using var broker = MessageBroker.InMemory();
        ITopic topic = broker.Topic("m2", new TopicOptions { Capacity = Capacity });
        await using IProducer<Payload> producer = topic.Producer<Payload>();
        var tallies = new Tally[size];
        var subscriptions = new ISubscription[size];
        for (int i = 0; i < size; i++)
        {
            tallies[i] = new Tally();
        }

        var subscribing = new CostClock();
        long before = HeldBytes.Read();
        subscribing.Start();
        for (int i = 0; i < size; i++)
        {
            Tally tally = tallies[i];
            subscriptions[i] = await broker.SubscribeAsync("m2", $"reader-{i}", cancellationToken: cancellationToken);
            _ = subscriptions[i].Handle<Payload>((delivery, _) =>
            {
                tally.Add(delivery.Body.Number);
                return ValueTask.CompletedTask;
            });
        }

        subscribing.Stop(size);
        long created = HeldBytes.Read() - before;
        long inBurst = Math.Min(deliveries / size, MostInBurst);
        var burst = new CostClock();
        var sends = new CostClock();
        burst.Start();
        sends.Start();
        await Sending.RangeAsync(producer, 0, inBurst);
        sends.Stop(inBurst * size);
        await Tally.WaitAsync(tallies, inBurst * size, cancellationToken);
        burst.Stop(inBurst * size);

        long alone = Math.Max(5, Math.Min(1_000, deliveries / size / 5));
        var single = new CostClock();
        single.Start();
        for (long i = 0; i < alone; i++)
        {
            await producer.SendAsync(Payload.Of(inBurst + i), cancellationToken: cancellationToken);
            SpinUntil(tallies, inBurst + i + 1, cancellationToken);
        }

        single.Stop(alone * size);
        foreach ((ISubscription subscription, Tally tally) in subscriptions.Zip(tallies))
        {
            await Settling.WaitAsync(subscription, inBurst + alone, cancellationToken);
            Settling.Verify(subscription, inBurst + alone);
            Tally.Verify([tally], inBurst + alone);
        }

        ledger.Add(Subscribing, size, subscribing.Nanoseconds / 1_000);
        ledger.Add(InBurst, size, burst.Nanoseconds);
        ledger.Add(InBurstCpu, size, burst.CpuNanoseconds);
        ledger.Add(PerSend, size, sends.Nanoseconds);
        ledger.Add(Alone, size, single.Nanoseconds);
        ledger.Add(AloneCpu, size, single.CpuNanoseconds);
        ledger.Add(BytesNew, size, (double)created / size);
        ledger.Add(BytesUsed, size, (double)(HeldBytes.Read() - before) / size);
        return true;
    }

    /// <summary>Waits for a message to have come everywhere: a millisecond of sleep would be longer than what is measured.</summary>
    private static void SpinUntil(Tally[] tallies, long count, CancellationToken cancellationToken)
    {
        foreach (Tally tally in tallies)
        {
            while (tally.Count < count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Thread.Yield();
            }
        }
    }
}
