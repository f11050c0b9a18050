using Messaging.TestSupport;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 13: a logger may throw, hang, call the broker, or leave ambient state; nothing but its own lines is lost by that.</summary>
public sealed class HostileLoggerTests
{
    [Theory, EveryStore]
    public async Task Handler_WhileTheLoggerThrows_FailsItsMessageAndTheNextIsHandled(StoreKind store)
    {
        using var log = new CallingLog(_ => throw new InvalidOperationException("the logger's own fault"));
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.None });
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using IWorker worker = queue.Handle<int>((delivery, _) =>
        {
            if (delivery.Body == 1)
            {
                throw new InvalidOperationException("the handler's fault");
            }

            next.TrySetResult();
            return default;
        });

        await queue.Producer<int>().SendAsync(1).Soon();
        await queue.Producer<int>().SendAsync(2).Soon();

        await next.Task.Soon();
        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1 && worker.Running == 0);
        Counts(queue).Should().Be((0, 0, 0, 1));
    }

    [Theory, EveryStore]
    public async Task DeadLetter_WhileTheLoggerThrows_IsThereAndCountedOnce(StoreKind store)
    {
        using var log = new CallingLog(_ => throw new InvalidOperationException("the logger's own fault"));
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await queue.Consumer<int>().NextAsync();

        (await delivery.DeadLetterAsync("unwanted").Soon()).Should().Be(Settlement.DeadLettered);

        await harness.SettleAsync();
        Counts(queue).Should().Be((0, 0, 0, 1));
    }

    [Theory, EveryStore]
    public async Task LeaseThatEnds_WhileTheLoggerThrows_DeadLettersAndTheTimerGoesOn(StoreKind store)
    {
        using var log = new CallingLog(_ => throw new InvalidOperationException("the logger's own fault"));
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.None });
        await queue.Producer<int>().SendAsync(1).Soon();
        await queue.Consumer<int>().NextAsync();

        await harness.AdvanceAsync(TimeSpan.FromMinutes(1));

        Counts(queue).Should().Be((0, 0, 0, 1));
        await queue.Producer<int>().SendAsync(2, new SendOptions { Delay = TimeSpan.FromMinutes(1) }).Soon();
        await harness.AdvanceAsync(TimeSpan.FromMinutes(1));
        Counts(queue).Should().Be((1, 0, 0, 1));
    }

    [Theory, EveryStore]
    public async Task Logger_ThatSendsItsLinesThroughTheBrokerAndWaits_GetsThemThere(StoreKind store)
    {
        IQueue? lines = null;
        using var log = new CallingLog(line => lines?.Producer<string>().SendAsync(line).AsTask().GetAwaiter().GetResult());
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });
        lines = harness.Broker.Queue("lines");

        // With a store, the writer drops the oldest one and says so.
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Backlog = new BacklogLimit { MaxMessages = 1, Action = BacklogAction.DropOldest } });
        await queue.Producer<int>().SendAsync(1).Soon();
        await queue.Producer<int>().SendAsync(2).Soon();
        await harness.SettleAsync();

        (await harness.DrainAsync<int>(queue)).Should().Equal(2);
        (await harness.DrainAsync<string>(lines)).Should().ContainSingle().Which.Should().Contain("1 messages were dropped");
        lines = null;
    }

    [Theory, EveryStore]
    public async Task Logger_ThatHangs_HoldsOnlyItselfAndTheDisposalForOneSecond(StoreKind store)
    {
        using var release = new ManualResetEventSlim();
        using var log = new CallingLog(_ => release.Wait());
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.None });
        int calls = 0;
        IWorker worker = queue.Handle<int>((_, _) =>
        {
            Interlocked.Increment(ref calls);
            throw new InvalidOperationException("the handler's fault");
        });
        await queue.Producer<int>().SendAsync(1).Soon();
        await queue.Producer<int>().SendAsync(2).Soon();
        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 2);
        await worker.DisposeAsync().Soon();
        DateTimeOffset before = harness.Time.GetUtcNow();

        Task closed = harness.Broker.DisposeAsync().AsTask();
        await HangGuard.UntilAsync(() =>
        {
            harness.Time.Advance(TimeSpan.FromMilliseconds(100));
            return closed.IsCompleted;
        });

        await closed;
        calls.Should().Be(2);
        (harness.Time.GetUtcNow() - before).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        release.Set();
    }

    [Theory, EveryStore]
    public async Task Logger_ThatDisposesTheBrokerAndWaits_DoesNotWaitForItself(StoreKind store)
    {
        MessageBroker? broker = null;
        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var log = new CallingLog(_ => ended.TrySetResult(broker!.DisposeAsync().AsTask().Wait(HangGuard.Limit)));
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });
        broker = harness.Broker;
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();

        await (await queue.Consumer<int>().NextAsync()).DeadLetterAsync("unwanted").Soon();

        (await ended.Task.WaitAsync(2 * HangGuard.Limit)).Should().BeTrue("the clock stands still, so nothing but the end of the disposal ends the wait");
    }

    [Theory, EveryStore]
    public async Task Dispose_WithLinesThatAreNotWritten_WaitsForThem(StoreKind store)
    {
        var log = new RecordingLog();
        using var slow = new CallingLog(line =>
        {
            // Others get all the time that they want.
            for (int i = 0; i < 100; i++)
            {
                Thread.Yield();
            }

            log.Lines.Enqueue(line);
        });
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = slow });
        IQueue queue = harness.Broker.Queue("orders");
        for (int i = 0; i < 20; i++)
        {
            await queue.Producer<int>().SendAsync(i).Soon();
        }

        foreach (Delivery<int> delivery in await queue.Consumer<int>().ReceiveBatchAsync(20, TimeSpan.FromMinutes(1)).Soon())
        {
            await delivery.DeadLetterAsync("unwanted").Soon();
        }

        await harness.CloseAsync();

        log.Lines.Select(SequenceIn).Should().Equal(Enumerable.Range(1, 20));
    }

    [Theory, EveryStore]
    public async Task Logger_ThatReadsAndLeavesAmbientState_FindsNoneAndLeavesNone(StoreKind store)
    {
        var ambient = new AsyncLocal<string?>();
        List<string?> seen = [];
        using var log = new CallingLog(_ =>
        {
            seen.Add(ambient.Value);
            ambient.Value = "the logger's";
        });
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });
        ambient.Value = "the caller's";
        IQueue queue = harness.Broker.Queue("orders");
        for (int i = 0; i < 3; i++)
        {
            await queue.Producer<int>().SendAsync(i).Soon();
            await (await queue.Consumer<int>().NextAsync()).DeadLetterAsync("unwanted").Soon();
        }

        await harness.SettleAsync();

        seen.Should().Equal(null, null, null);
        ambient.Value.Should().Be("the caller's");
    }

    [Fact]
    public async Task CommitsThatFail_WhileTheLoggerThrows_LeaveTheWriterAlive()
    {
        using var log = new CallingLog(_ => throw new InvalidOperationException("the logger's own fault"));
        var store = new FaultyStore();
        await using MessageBroker broker = await MessageBroker.OpenAsync(store, new BrokerOptions { LoggerFactory = log, TimeProvider = new VirtualTime() });
        IProducer<int> producer = broker.Queue("orders").Producer<int>();
        await producer.SendAsync(1).Soon();

        store.FailCommits(() => new StoreException("no room"));
        await FluentActions.Awaiting(() => producer.SendAsync(2).Soon()).Should().ThrowAsync<StoreException>();
        store.FailCommits(null);
        await producer.SendAsync(3).Soon();
        store.FailCommits(() => new IOException("the disk is gone"));
        await FluentActions.Awaiting(() => producer.SendAsync(4).Soon()).Should().ThrowAsync<StoreOutcomeUnknownException>();

        await FluentActions.Awaiting(() => producer.SendAsync(5).Soon()).Should().ThrowAsync<StoreException>();
    }

    private static (long Ready, long Leased, long Waiting, long Dead) Counts(ISubscription subscription)
    {
        SubscriptionStatistics statistics = subscription.Statistics;
        return (statistics.Ready, statistics.Leased, statistics.Waiting, statistics.Dead);
    }

    private static int SequenceIn(string line) => int.Parse(line.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
}
