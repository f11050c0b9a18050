using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The reading of a backlog after its file was opened, with a handler, until its acknowledgements are durable and the broker is closed.</summary>
internal sealed class D8BacklogReading : IScenario
{
    private const long Waiting = 1_000_000;
    private const long WaitingQuickly = 250_000;
    private const int WarmUps = 2;
    private const double WantedPerSecond = 1_000_000;
    private const string Queue = "d8";

    private static readonly QueueOptions _options = new() { Capacity = 2 * Waiting };

    public string Id => "D8";

    public bool HasBaseLine => false;

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        long waiting = options.Quick ? WaitingQuickly : Waiting;
        using var scratch = new ScratchFolder(options.Folder);
        string prepared = scratch.File("prepared.db");
        await HangGuard.RunAsync("D8 preparing", options.HangLimit, ct => Backlog.CreateAsync(prepared, Queue, _options, waiting, ct));
        var rounds = new List<Measurement>();
        for (int round = 1 - WarmUps; round <= options.Rounds; round++)
        {
            string file = scratch.File("read.db");
            File.Copy(prepared, file, overwrite: true);
            Measurement measured = await HangGuard.RunAsync("D8", options.HangLimit, ct => ReadAsync(file, waiting, ct));
            Console.Error.WriteLine($"D8 {(round > 0 ? $"round {round}/{options.Rounds}" : "warm-up")}: {measured.PerSecond:N0}/s");
            if (round > 0)
            {
                rounds.Add(measured);
            }
        }

        Figures figures = Figures.Of(rounds);
        string what = $"a backlog of {waiting:N0}";
        return new ScenarioResult([], [
            new LimitRow(
                Id,
                $"{what}, read and acknowledged",
                "msg/s",
                new Beside("in the fastest round", rounds.Max(static r => r.PerSecond)),
                figures.PerSecond,
                Target.Promise(WantedPerSecond)) { MoreIsBetter = true },
            new LimitRow(Id, $"{what}, processor time", "µs/msg", null, figures.CpuMicrosecondsPerMessage, Target.None),
            new LimitRow(Id, $"{what}, allocated", "B/msg", null, figures.BytesPerMessage, Target.None),
        ]);
    }

    private static async Task<Measurement> ReadAsync(string file, long waiting, CancellationToken cancellationToken)
    {
        var tally = new Tally();
        Meter meter = Meter.Start();
        await using (MessageBroker broker = await MessageBroker.OpenAsync(file, cancellationToken: cancellationToken))
        {
            IQueue queue = broker.Queue(Queue, _options);
            IWorker worker = queue.Handle<ReadOnlyMemory<byte>>((delivery, _) =>
            {
                tally.Add(RawBody.NumberOf(delivery.Body));
                return ValueTask.CompletedTask;
            });
            await Tally.WaitAsync([tally], waiting, cancellationToken);
            await Settling.WaitAsync(queue, waiting, cancellationToken);
            Settling.Verify(queue, waiting);
            await worker.DisposeAsync();
        }

        Measurement measured = meter.Stop(waiting);
        Tally.Verify([tally], waiting);
        await Backlog.VerifyEmptyAsync(file, Queue, cancellationToken);
        return measured;
    }
}
