using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 12: whoever stops what he runs in does not wait for himself; the stop begins, and everybody else waits for all of it.</summary>
public sealed class SelfDisposalTests
{
    private readonly TaskCompletionSource _returned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory, EveryStore]
    public async Task Handler_DisposingItsOwnWorker_GoesOnAtOnceAndEndsInGoodOrder(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        await StopInsideAsync(harness, queue, (worker, _) => worker.DisposeAsync(), worker => worker.DisposeAsync());
        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = 1, Delivered = 1, Ready = 1 });
    }

    [Theory, EveryStore]
    public async Task Handler_DisposingItsBroker_GoesOnAtOnceAndEndsInGoodOrder(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;
        IQueue queue = broker.Queue("orders", new() { Retry = RetryPolicy.None });
        await StopInsideAsync(harness, queue, (_, _) => broker.DisposeAsync(), _ => broker.DisposeAsync());
        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
            harness.Broker.Queue("orders").DeadLetters.Count.Should().Be(0);
            (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().Equal(2);
        }
    }

    [Theory, EveryStore]
    public async Task TaskOfAHandler_DisposingTheWorkerThatWaitsForIt_GoesOnAtOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await StopInsideAsync(
            harness,
            queue,
            (worker, _) => new ValueTask(Task.Run(async () =>
            {
                await Task.Yield();
                await worker.DisposeAsync();
            })),
            worker => worker.DisposeAsync());
    }

    [Theory, EveryStore]
    public async Task CallbackOfAHandlersToken_WaitingForTheWorkersEnd_GoesOnAtOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IWorker? worker = null;
        worker = queue.Handle<int>(
            (_, cancellation) =>
            {
                var call = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                cancellation.Register(() =>
                {
                    worker!.DisposeAsync().AsTask().Wait(HangGuard.Limit).Should().BeTrue();
                    call.SetResult();
                    _returned.SetResult();
                });
                started.SetResult();
                return new ValueTask(call.Task);
            },
            new() { ShutdownTimeout = TimeSpan.Zero });
        await started.Task.Soon();

        await worker.DisposeAsync().Soon();

        await _returned.Task.Soon();
    }

    [Theory, EveryStore]
    public async Task Handler_UnsubscribingItsOwnSubscription_Ends(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription billing = await harness.Broker.SubscribeAsync("orders", "billing").Soon();
        await using IWorker worker = billing.Handle<int>(async (_, _) =>
        {
            (await harness.Broker.UnsubscribeAsync("billing")).Should().BeTrue();
            _returned.SetResult();
        });

        await harness.Broker.Topic("orders").Producer<int>().SendAsync(1).Soon();

        await _returned.Task.Soon();
        await HangGuard.UntilAsync(() => worker.Running == 0);
        harness.Broker.Subscriptions.Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task Loop_DisposingItsBroker_WaitsForAllOfIt(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;
        await broker.Queue("orders").Producer<int>().SendAsync(1).Soon();
        int rounds = 0;

        Task loop = Task.Run(async () =>
        {
            await foreach (Delivery<int> _ in broker.Queue("orders").Consumer<int>().ReadAllAsync())
            {
                rounds++;
                await broker.DisposeAsync();
                broker.Invoking(b => b.Queue("orders")).Should().Throw<ObjectDisposedException>();
            }
        });

        await loop.Awaiting(l => l.Soon()).Should().ThrowAsync<ObjectDisposedException>();
        rounds.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Dispose_ByAHandlerAndByOthersAtOnce_IsDoneOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;
        IQueue queue = broker.Queue("orders");
        IWorker? worker = null;
        worker = queue.Handle<int>(async (_, _) =>
        {
            await worker!.DisposeAsync();
            await broker.DisposeAsync();
            await worker.DisposeAsync();
            await broker.DisposeAsync();
            _returned.SetResult();
            await _go.Task;
        });
        await queue.Producer<int>().SendAsync(1).Soon();
        await _returned.Task.Soon();

        Task[] others = [worker.DisposeAsync().AsTask(), broker.DisposeAsync().AsTask(), broker.DisposeAsync().AsTask()];

        await Task.WhenAny(others.Append(Task.CompletedTask));
        others.Should().NotContain(other => other.IsCompleted, "the handler runs");
        _go.SetResult();
        await Task.WhenAll(others).Soon();
    }

    [Fact]
    public async Task Dispose_BegunByAHandlerAndFailing_IsLogged()
    {
        var log = new RecordingLog();
        var store = new FaultyStore();
        store.FailDisposal(() => new InvalidTimeZoneException("the disk is gone"));
        MessageBroker broker = await MessageBroker.OpenAsync(store, new() { LoggerFactory = log }).Soon();
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();

        queue.Handle<int>(async (_, _) => await broker.DisposeAsync());

        await HangGuard.UntilAsync(() => log.Lines.Any(line => line.Contains("closing", StringComparison.Ordinal)));
        log.Lines.Should().Contain(line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("closing", StringComparison.Ordinal));
        await broker.Awaiting(b => b.DisposeAsync().Soon()).Should().ThrowAsync<InvalidTimeZoneException>("everybody else gets the failure");
    }

    /// <summary>Has a handler stop what it runs in: it goes on at once, and somebody else's stop waits until it has ended.</summary>
    private async Task StopInsideAsync(
        BrokerHarness harness, IQueue queue, Func<IWorker, Delivery<int>, ValueTask> stop, Func<IWorker, ValueTask> stopOutside)
    {
        await queue.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        var made = new TaskCompletionSource<IWorker>(TaskCreationOptions.RunContinuationsAsynchronously);
        IWorker worker = queue.Handle<int>(async (delivery, _) =>
        {
            IWorker self = await made.Task;
            await stop(self, delivery);
            _returned.TrySetResult();
            await _go.Task;
        });
        made.SetResult(worker);
        await _returned.Task.Soon();

        Task outside = stopOutside(worker).AsTask();

        await harness.SettleAsync();
        outside.IsCompleted.Should().BeFalse("the handler still runs");
        _go.SetResult();
        await outside.Soon();
        worker.Running.Should().Be(0);
    }
}
