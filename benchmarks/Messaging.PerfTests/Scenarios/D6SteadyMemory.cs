using System.Diagnostics;
using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The memory of a process in which one subscription reads a backlog of ten million messages while sends to its topic go on.</summary>
/// <remarks>It is watched from the opening of the file until the backlog is read. A plateau is what is wanted: no growth from the first third to the last.</remarks>
internal sealed class D6SteadyMemory : IScenario
{
    private const long Waiting = 10_000_000;
    private const long WaitingQuickly = 1_000_000;
    private const int Batch = 100;
    private const double Megabyte = 1 << 20;
    private const double MostGrowth = 32;
    private const double MostWalMegabytes = 64;

    private static readonly TopicOptions _topic = new() { Capacity = 1_000_000_000 };

    public string Id => "D6";

    public bool HasBaseLine => false;

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        long waiting = options.Quick ? WaitingQuickly : Waiting;
        using var scratch = new ScratchFolder(options.Folder);
        string file = scratch.File("memory.db");
        Console.Error.WriteLine($"D6 prepares a file with {waiting:N0} messages.");
        await HangGuard.RunAsync("D6 preparing", options.LongHangLimit, ct => PrepareAsync(file, waiting, ct));
        Console.Error.WriteLine("D6 reads them while others are sent.");
        return await HangGuard.RunAsync("D6", options.LongHangLimit, ct => ReadAsync(file, waiting, ct));
    }

    private static async Task<bool> PrepareAsync(string file, long waiting, CancellationToken cancellationToken)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(file, cancellationToken: cancellationToken);
        ITopic topic = broker.Topic("d6", _topic);
        await broker.SubscribeAsync("d6", "lagging", cancellationToken: cancellationToken);
        await using IProducer<ReadOnlyMemory<byte>> producer = topic.Producer<ReadOnlyMemory<byte>>();
        await Backlog.FillAsync(producer, waiting, Backlog.LargeBatch, cancellationToken);

        // It comes when the backlog is there, and keeps up from then on.
        await broker.SubscribeAsync("d6", "prompt", cancellationToken: cancellationToken);
        return true;
    }

    private async Task<ScenarioResult> ReadAsync(string file, long waiting, CancellationToken cancellationToken)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(file, cancellationToken: cancellationToken);
        IProducer<ReadOnlyMemory<byte>> producer = broker.Topic("d6", _topic).Producer<ReadOnlyMemory<byte>>();
        ISubscription lagging = await broker.SubscribeAsync("d6", "lagging", cancellationToken: cancellationToken);
        ISubscription prompt = await broker.SubscribeAsync("d6", "prompt", cancellationToken: cancellationToken);
        var all = new Tally();
        var fresh = new Tally();
        await using IWorker promptly = Handle(prompt, fresh, waiting);
        long sent = 0;
        using var watch = new ResourceWatch(file);
        long started = Stopwatch.GetTimestamp();
        await using IWorker late = Handle(lagging, all, first: 0);
        while (all.Count < waiting)
        {
            var batch = new List<Message<ReadOnlyMemory<byte>>>(Batch);
            for (int i = 0; i < Batch; i++)
            {
                batch.Add(new(RawBody.Of(waiting + sent + i)));
            }

            await producer.SendBatchAsync(batch, cancellationToken);
            sent += Batch;
        }

        TimeSpan reading = Stopwatch.GetElapsedTime(started);
        watch.Stop();
        await Settling.WaitAsync(lagging, waiting + sent, cancellationToken);
        await Settling.WaitAsync(prompt, sent, cancellationToken);
        Settling.Verify(lagging, waiting + sent);
        Settling.Verify(prompt, sent);
        Tally.Verify([all], waiting + sent);
        Tally.Verify([fresh], sent);
        string during = $"while {waiting:N0} waiting messages are read";
        return new ScenarioResult([], [
            Memory($"managed heap grown {during}", watch, static s => s.Heap),
            Memory($"working set grown {during}", watch, static s => s.WorkingSet),
            new LimitRow(Id, "largest write-ahead log", "MB", null, watch.Most(static s => s.Wal) / Megabyte, Target.Bound(MostWalMegabytes)),
            new LimitRow(Id, "read", "msg/s", null, waiting / reading.TotalSeconds, Target.None),
            new LimitRow(Id, "sent meanwhile", "msg/s", null, sent / reading.TotalSeconds, Target.None),
        ]);
    }

    private LimitRow Memory(string what, ResourceWatch watch, Func<ResourceSample, long> figure) => new(
        Id, what, "MB", new Beside("at most in all", watch.Most(figure) / Megabyte), watch.Growth(figure) / Megabyte, Target.Promise(MostGrowth));

    private static IWorker Handle(ISubscription subscription, Tally tally, long first) =>
        subscription.Handle<ReadOnlyMemory<byte>>((delivery, _) =>
        {
            tally.Add(RawBody.NumberOf(delivery.Body) - first);
            return ValueTask.CompletedTask;
        });
}
