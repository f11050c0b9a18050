using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The opening of a file with a million waiting messages, in a fresh process each time.</summary>
internal sealed class D3Opening : IScenario
{
    private const int Waiting = 1_000_000;
    private const int Batch = 1_000;
    private const double MostMilliseconds = 50;
    private const double MostMegabytes = 20;

    public string Id => "D3";

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        using var scratch = new ScratchFolder(options.Folder);
        string one = scratch.File("one.db");
        string million = scratch.File("million.db");
        await HangGuard.RunAsync("D3 preparing", options.HangLimit, ct => PrepareAsync(one, 1, ct));
        await HangGuard.RunAsync("D3 preparing", options.HangLimit, ct => PrepareAsync(million, Waiting, ct));

        var control = new List<OpeningFigures>();
        var ours = new List<OpeningFigures>();
        for (int round = 1; round <= options.Rounds; round++)
        {
            control.Add(await HangGuard.RunAsync("D3 opening", options.HangLimit, ct => OpeningProbe.StartAsync(one, 1, ct)));
            ours.Add(await HangGuard.RunAsync("D3 opening", options.HangLimit, ct => OpeningProbe.StartAsync(million, Waiting, ct)));
            Console.Error.WriteLine($"D3 round {round}/{options.Rounds}: {ours[^1]}");
        }

        return new ScenarioResult([], [
            Row("open", "ms", control, ours, static f => f.OpenMilliseconds, Target.Promise(MostMilliseconds)),
            Row("open again in the same process", "ms", control, ours, static f => f.ReopenMilliseconds, Target.None),
            Row("working set grown by the opening", "MB", control, ours, static f => f.WorkingSetMegabytes, Target.Promise(MostMegabytes)),
            Row("managed heap grown by the opening", "MB", control, ours, static f => f.HeapMegabytes, Target.None),
            Row("consumer to first delivery", "ms", control, ours, static f => f.FirstMessageMilliseconds, Target.None),
            Row("working set grown up to the first delivery", "MB", control, ours, static f => f.WorkingSetAfterFirstMegabytes, Target.None),
        ]);
    }

    private LimitRow Row(
        string what, string unit, List<OpeningFigures> control, List<OpeningFigures> ours, Func<OpeningFigures, double> figure, Target target) =>
        new(Id, what, unit, Median.Of(control.Select(figure)), Median.Of(ours.Select(figure)), target);

    private static async Task<bool> PrepareAsync(string file, int messages, CancellationToken cancellationToken)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(file, cancellationToken: cancellationToken);
        IProducer<ReadOnlyMemory<byte>> producer = broker.Queue(OpeningProbe.Queue, OpeningProbe.Options).Producer<ReadOnlyMemory<byte>>();
        for (int first = 0; first < messages; first += Batch)
        {
            int count = Math.Min(Batch, messages - first);
            var batch = new List<Message<ReadOnlyMemory<byte>>>(count);
            for (int number = first; number < first + count; number++)
            {
                batch.Add(new(RawBody.Of(number)));
            }

            IReadOnlyList<Receipt> receipts = await producer.SendBatchAsync(batch, cancellationToken);
            WrongResultException.ThrowUnless(receipts.Count == count && receipts[^1].Sequence == first + count, "A batch was not sent whole.");
        }

        return true;
    }
}
