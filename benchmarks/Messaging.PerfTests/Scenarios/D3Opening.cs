using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The opening of files with a million and with ten million waiting messages, in a fresh process each time.</summary>
/// <remarks>Twice: as the first thing that the process does, where most of the time is the runtime's for loading and compiling code,
/// and after the process has opened another file, where it is the broker's.</remarks>
internal sealed class D3Opening : IScenario
{
    private const long Million = 1_000_000;
    private const double MostMilliseconds = 10;
    private const double MostMegabytes = 5;

    public string Id => "D3";

    public bool HasBaseLine => false;

    public bool StartsProcesses => true;

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        using var scratch = new ScratchFolder(options.Folder);
        string one = await PrepareAsync(options, scratch, "one", 1);
        string other = await PrepareAsync(options, scratch, "other", 1);
        var rows = new List<LimitRow>();
        foreach (long waiting in options.Quick ? [Million] : (long[])[Million, 10 * Million])
        {
            string file = await PrepareAsync(options, scratch, "many", waiting);
            rows.AddRange(await MeasureAsync(options, one, other, file, waiting));

            // Without its lock file too, the next one is a new store.
            File.Delete(file);
            File.Delete(file + "-lock");
        }

        return new ScenarioResult([], rows);
    }

    private async Task<IEnumerable<LimitRow>> MeasureAsync(RunOptions options, string one, string other, string file, long waiting)
    {
        var cold = (Control: new List<OpeningFigures>(), Ours: new List<OpeningFigures>());
        var warm = (Control: new List<OpeningFigures>(), Ours: new List<OpeningFigures>());
        for (int round = 1; round <= options.Rounds; round++)
        {
            cold.Control.Add(await OpenAsync(options, one, 1, warmup: null));
            cold.Ours.Add(await OpenAsync(options, file, waiting, warmup: null));
            warm.Control.Add(await OpenAsync(options, one, 1, warmup: other));
            warm.Ours.Add(await OpenAsync(options, file, waiting, warmup: other));
            Console.Error.WriteLine(
                $"D3 {waiting:N0} waiting, round {round}/{options.Rounds}: cold {cold.Ours[^1].OpenMilliseconds:N1} ms, warm {warm.Ours[^1].OpenMilliseconds:N1} ms");
        }

        LimitRow Row(
            string what,
            string unit,
            (List<OpeningFigures> Control, List<OpeningFigures> Ours) rounds,
            Func<OpeningFigures, double> figure,
            Target target) =>
            new(
                Id,
                $"{what}, {waiting:N0} waiting",
                unit,
                new Beside("with one message", Median.Of(rounds.Control.Select(figure))),
                Median.Of(rounds.Ours.Select(figure)),
                target);

        return
        [
            Row("open, after the process has opened another file", "ms", warm, static f => f.OpenMilliseconds, Target.Promise(MostMilliseconds)),
            Row("working set grown by that", "MB", warm, static f => f.WorkingSetMegabytes, Target.Promise(MostMegabytes)),
            Row("consumer to first delivery after that", "ms", warm, static f => f.FirstMessageMilliseconds, Target.None),
            Row("open, as the first thing of a process (code is loaded and compiled)", "ms", cold, static f => f.OpenMilliseconds, Target.None),
            Row("working set grown by that", "MB", cold, static f => f.WorkingSetMegabytes, Target.None),
            Row("managed heap grown by that", "MB", cold, static f => f.HeapMegabytes, Target.None),
        ];
    }

    private static Task<OpeningFigures> OpenAsync(RunOptions options, string file, long waiting, string? warmup) =>
        HangGuard.RunAsync("D3 opening", options.HangLimit, ct => OpeningProbe.StartAsync(file, waiting, warmup, ct));

    private static async Task<string> PrepareAsync(RunOptions options, ScratchFolder scratch, string name, long messages)
    {
        string file = scratch.File($"{name}.db");
        Console.Error.WriteLine($"D3 prepares a file with {messages:N0} messages.");
        await HangGuard.RunAsync(
            "D3 preparing", options.LongHangLimit, ct => Backlog.CreateAsync(file, OpeningProbe.Queue, OpeningProbe.Options, messages, ct));
        return file;
    }
}
