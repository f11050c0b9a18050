using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The opening of a file with a million waiting messages, in a fresh process each time.</summary>
/// <remarks>Twice: as the first thing that the process does, where most of the time is the runtime's for loading and compiling code,
/// and after the process has opened another file, where it is the broker's.</remarks>
internal sealed class D3Opening : IScenario
{
    private const int Waiting = 1_000_000;
    private const int Batch = 1_000;
    private const double MostMilliseconds = 50;
    private const double MostMegabytes = 20;

    public string Id => "D3";

    public bool HasBaseLine => false;

    public bool StartsProcesses => true;

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        using var scratch = new ScratchFolder(options.Folder);
        string one = scratch.File("one.db");
        string other = scratch.File("other.db");
        string million = scratch.File("million.db");
        await HangGuard.RunAsync("D3 preparing", options.HangLimit, ct => PrepareAsync(one, 1, ct));
        await HangGuard.RunAsync("D3 preparing", options.HangLimit, ct => PrepareAsync(other, 1, ct));
        await HangGuard.RunAsync("D3 preparing", options.HangLimit, ct => PrepareAsync(million, Waiting, ct));

        var cold = (Control: new List<OpeningFigures>(), Ours: new List<OpeningFigures>());
        var warm = (Control: new List<OpeningFigures>(), Ours: new List<OpeningFigures>());
        for (int round = 1; round <= options.Rounds; round++)
        {
            cold.Control.Add(await OpenAsync(options, one, 1, warmup: null));
            cold.Ours.Add(await OpenAsync(options, million, Waiting, warmup: null));
            warm.Control.Add(await OpenAsync(options, one, 1, warmup: other));
            warm.Ours.Add(await OpenAsync(options, million, Waiting, warmup: other));
            Console.Error.WriteLine($"D3 round {round}/{options.Rounds}: cold {cold.Ours[^1].OpenMilliseconds:N1} ms, warm {warm.Ours[^1].OpenMilliseconds:N1} ms");
        }

        return new ScenarioResult([], [
            Row("open, as the first thing of a process (code is loaded and compiled)", "ms", cold, static f => f.OpenMilliseconds, Target.Direction(MostMilliseconds)),
            Row("working set grown by that", "MB", cold, static f => f.WorkingSetMegabytes, Target.Promise(MostMegabytes)),
            Row("managed heap grown by that", "MB", cold, static f => f.HeapMegabytes, Target.None),
            Row("working set grown up to the first delivery", "MB", cold, static f => f.WorkingSetAfterFirstMegabytes, Target.None),
            Row("open, after the process has opened another file", "ms", warm, static f => f.OpenMilliseconds, Target.Promise(MostMilliseconds)),
            Row("consumer to first delivery after that", "ms", warm, static f => f.FirstMessageMilliseconds, Target.None),
        ]);
    }

    private static Task<OpeningFigures> OpenAsync(RunOptions options, string file, long waiting, string? warmup) =>
        HangGuard.RunAsync("D3 opening", options.HangLimit, ct => OpeningProbe.StartAsync(file, waiting, warmup, ct));

    private LimitRow Row(
        string what,
        string unit,
        (List<OpeningFigures> Control, List<OpeningFigures> Ours) rounds,
        Func<OpeningFigures, double> figure,
        Target target) =>
        new(Id, what, unit, new Beside("one message", Median.Of(rounds.Control.Select(figure))), Median.Of(rounds.Ours.Select(figure)), target);

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
