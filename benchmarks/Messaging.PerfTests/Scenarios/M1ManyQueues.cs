using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>One sender, up to a thousand queues in memory with a handler each: what a message costs, and what an idle queue takes.</summary>
/// <remarks>In runs: 64 messages to a queue, then as many to the next, so that a handler is woken for many. In turn: one message
/// to each queue, so that nearly each message wakes a handler, which is what many queues cost in the worst case.</remarks>
internal sealed class M1ManyQueues : IScenario
{
    private const string InRuns = "64 messages in a run";
    private const string InTurn = "one message in turn";
    private const string InRunsCpu = "64 messages in a run, processor";
    private const string InTurnCpu = "one message in turn, processor";
    private const string BytesNew = "a queue with its handler, new";
    private const string BytesUsed = "the same, idle again after its messages";
    private const int Run = 64;
    private const long Messages = 640_000;
    private const int Rounds = 5;
    private const int Capacity = 4_096;
    private const double MostGrowth = 4;

    public string Id => "M1";

    public bool HasBaseLine => false;

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        var ledger = new CostLedger(Id);
        long messages = options.Quick ? Messages / 10 : Messages;
        foreach (int size in Sizes.Of(options, 1, 10, 100, 1_000))
        {
            for (int round = 0; round <= Rounds; round++)
            {
                CostLedger into = round == 0 ? new CostLedger(Id) : ledger;
                await HangGuard.RunAsync($"M1 {size:N0}", options.HangLimit, ct => MeasureAsync(into, size, messages, Run, ct));
                await HangGuard.RunAsync($"M1 {size:N0}", options.HangLimit, ct => MeasureAsync(into, size, messages, 1, ct));
            }
        }

        return new ScenarioResult([], [ledger.Growth(InRunsCpu, Target.Promise(MostGrowth)), ledger.Growth(InTurnCpu, Target.None)])
        {
            Charts =
            [
                new CostChart(Id, "many queues in memory", "queues", [
                    ledger.Panel("A message, sent, handled and acknowledged", "ns", InRuns, InRunsCpu, InTurn, InTurnCpu),
                    ledger.Panel("Memory", "bytes", BytesNew, BytesUsed),
                ]),
            ],
        };
    }

    private static async Task<bool> MeasureAsync(CostLedger ledger, int size, long messages, int run, CancellationToken cancellationToken)
    {
        await using var broker = MessageBroker.InMemory();
        var tallies = new Tally[size];
        var queues = new IQueue[size];
        var producers = new IProducer<Payload>[size];
        for (int i = 0; i < size; i++)
        {
            tallies[i] = new Tally();
        }

        long before = HeldBytes.Read();
        for (int i = 0; i < size; i++)
        {
            Tally tally = tallies[i];
            queues[i] = broker.Queue($"m1.{i}", new QueueOptions { Capacity = Capacity });
            _ = queues[i].Handle<Payload>((delivery, _) =>
            {
                tally.Add(delivery.Body.Number);
                return ValueTask.CompletedTask;
            });
        }

        long created = HeldBytes.Read() - before;
        for (int i = 0; i < size; i++)
        {
            producers[i] = queues[i].Producer<Payload>();
        }

        long sent = messages / (size * run) * (size * run);
        var clock = new CostClock();
        clock.Start();
        await SendAsync(producers, sent, run);
        await Tally.WaitAsync(tallies, sent, cancellationToken);
        clock.Stop(sent);
        foreach (IQueue queue in queues)
        {
            await Settling.WaitAsync(queue, sent / size, cancellationToken);
            Settling.Verify(queue, sent / size);
        }

        Tally.Verify(tallies, sent);
        ledger.Add(run == 1 ? InTurn : InRuns, size, clock.Nanoseconds);
        ledger.Add(run == 1 ? InTurnCpu : InRunsCpu, size, clock.CpuNanoseconds);
        if (run > 1)
        {
            ledger.Add(BytesNew, size, (double)created / size);
            ledger.Add(BytesUsed, size, (double)(HeldBytes.Read() - before) / size);
        }

        return true;
    }

    private static async Task SendAsync(IProducer<Payload>[] producers, long count, int run)
    {
        long number = 0;
        while (number < count)
        {
            foreach (IProducer<Payload> producer in producers)
            {
                for (int i = 0; i < run; i++)
                {
                    await producer.SendAsync(Payload.Of(number++));
                }
            }
        }
    }
}
