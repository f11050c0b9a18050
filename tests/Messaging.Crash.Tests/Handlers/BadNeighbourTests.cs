using System.Diagnostics;
using Messaging.TestSupport;

namespace Messaging.Crash.Tests.Handlers;

/// <summary>Handlers that hang, block their thread, or always throw do not hold up those of other queues, nor their own queue's other workers.</summary>
public sealed class BadNeighbourTests(ITestOutputHelper output) : IDisposable
{
    private const int Messages = 1_000;

    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualResetEventSlim _unblock = new();
    private readonly TaskCompletionSource _never = new();

    [Theory]
    [InlineData("hanging")]
    [InlineData("throwing")]
    [InlineData("blocking")]
    public async Task HealthyQueue_BesideABadHandler_IsServed(string kind)
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(_folder.File("broker.db"));
        IQueue healthy = broker.Queue("healthy");
        await ServeAsync(healthy);
        double alone = await ServeAsync(healthy);
        IWorker bad = await StartAsync(broker, kind, kind switch
        {
            "hanging" => async (_, _) => await _never.Task,
            "throwing" => (_, _) => throw new InvalidOperationException("It always does."),
            _ => (_, _) =>
            {
                // It takes a thread of the pool away; the pool makes new ones, slowly.
                _unblock.Wait();
                return ValueTask.CompletedTask;
            }
            ,
        });

        double beside = await ServeAsync(healthy);

        // A figure, not an assertion: other programs share this machine.
        output.WriteLine($"{Messages} messages sent and handled in {alone:F0} ms alone, and in {beside:F0} ms beside one that is {kind}");
        healthy.Statistics.Should().Match<SubscriptionStatistics>(counts => counts.Ready == 0 && counts.Leased == 0 && counts.Dead == 0);
        broker.Queue(kind).Statistics.Acked.Should().Be(0);
        await StopAsync([bad]);
    }

    [Fact]
    public async Task OneQueue_WithHandlersThatHang_IsServedByTheOthers()
    {
        await using MessageBroker broker = await MessageBroker.OpenAsync(_folder.File("broker.db"));
        IQueue queue = broker.Queue("orders");
        int handled = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IWorker worker = queue.Handle<int>(
            async (delivery, _) =>
            {
                if (delivery.Body < 3)
                {
                    await _never.Task;
                }
                else if (Interlocked.Increment(ref handled) == Messages - 3)
                {
                    all.SetResult();
                }
            },
            new HandlerOptions { Concurrency = 4, ShutdownTimeout = TimeSpan.Zero });

        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(0, Messages).Select(i => new Message<int>(i))]);

        await all.Task.WaitAsync(_hang);
        worker.Running.Should().BeGreaterThanOrEqualTo(3);
        await StopAsync([worker]);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _unblock.Dispose();
    }

    private static async Task<IWorker> StartAsync(MessageBroker broker, string name, Func<Delivery<int>, CancellationToken, ValueTask> handler)
    {
        IQueue queue = broker.Queue(name, new QueueOptions { Retry = RetryPolicy.Fixed(TimeSpan.Zero, maxFailures: 1_000) });
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(0, 10).Select(i => new Message<int>(i))]);
        return queue.Handle(handler, new HandlerOptions { Concurrency = 2, ShutdownTimeout = TimeSpan.Zero });
    }

    private static async Task<double> ServeAsync(IQueue queue)
    {
        int handled = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using IWorker worker = queue.Handle<int>((_, _) =>
        {
            if (Interlocked.Increment(ref handled) == Messages)
            {
                all.SetResult();
            }

            return ValueTask.CompletedTask;
        });
        IProducer<int> producer = queue.Producer<int>();
        long began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Messages).Select(i => producer.SendAsync(i).AsTask())).WaitAsync(_hang);
        await all.Task.WaitAsync(_hang);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private async Task StopAsync(IEnumerable<IWorker> workers)
    {
        _unblock.Set();
        _never.TrySetResult();
        foreach (IWorker worker in workers)
        {
            await worker.DisposeAsync().AsTask().WaitAsync(_hang);
        }
    }
}
