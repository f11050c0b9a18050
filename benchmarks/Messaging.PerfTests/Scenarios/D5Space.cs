using System.Diagnostics;
using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;
using Messaging.PerfTests.Scenarios.Space;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The size of the file and of its write-ahead log after ten million messages of which a thousandth is not settled.</summary>
internal sealed class D5Space : IScenario
{
    private const long Passed = 10_000_000;
    private const long PassedQuickly = 1_000_000;
    private const double Megabyte = 1 << 20;

    // The file may take twice what is live and this.
    private const double SpareMegabytes = 64;
    private const double MostWalMegabytes = 64;

    // For what a store does when nothing waits to be committed.
    private static readonly TimeSpan _idle = TimeSpan.FromSeconds(1);

    public string Id => "D5";

    public bool HasBaseLine => false;

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        long messages = options.Quick ? PassedQuickly : Passed;
        var rows = new List<LimitRow>();
        foreach (ISpaceLoad load in (ISpaceLoad[])[new StragglerInTopic(messages), new StragglerInQueue(messages), new LaggingQueue(messages)])
        {
            Console.Error.WriteLine($"D5 passes {messages:N0} messages: {load.Name}.");
            rows.AddRange(await HangGuard.RunAsync($"D5 {load.Name}", options.LongHangLimit, ct => RunAsync(options, load, messages, ct)));
        }

        return new ScenarioResult([], rows);
    }

    private async Task<IReadOnlyList<LimitRow>> RunAsync(RunOptions options, ISpaceLoad load, long messages, CancellationToken cancellationToken)
    {
        using var scratch = new ScratchFolder(options.Folder);
        string file = scratch.File("space.db");
        TimeSpan passing;
        using var watch = new ResourceWatch(file);
        await using (MessageBroker broker = await MessageBroker.OpenAsync(file, cancellationToken: cancellationToken))
        {
            long started = Stopwatch.GetTimestamp();
            await load.PassAsync(broker, cancellationToken);
            passing = Stopwatch.GetElapsedTime(started);
            await Task.Delay(_idle, cancellationToken);
            watch.Stop();
        }

        TimeSpan draining;
        await using (MessageBroker broker = await MessageBroker.OpenAsync(file, cancellationToken: cancellationToken))
        {
            long started = Stopwatch.GetTimestamp();
            await load.DrainAsync(broker, cancellationToken);
            draining = Stopwatch.GetElapsedTime(started);
        }

        double live = load.Left * RawBody.Length / Megabyte;
        return
        [
            new LimitRow(
                Id,
                $"{load.Name}: file after {messages:N0} messages",
                "MB",
                new Beside("of bodies alive", live),
                watch.Last(static s => s.File) / Megabyte,
                Target.Bound(Math.Round((2 * live) + SpareMegabytes, 1))),
            new LimitRow(Id, $"{load.Name}: largest file up to then", "MB", null, watch.Most(static s => s.File) / Megabyte, Target.None),
            new LimitRow(Id, $"{load.Name}: largest write-ahead log", "MB", null, watch.Most(static s => s.Wal) / Megabyte, Target.Bound(MostWalMegabytes)),
            new LimitRow(Id, $"{load.Name}: passed", "msg/s", null, messages / passing.TotalSeconds, Target.None),
            new LimitRow(Id, $"{load.Name}: what was left, received after reopening", "msg/s", null, load.Left / draining.TotalSeconds, Target.None),
        ];
    }
}
