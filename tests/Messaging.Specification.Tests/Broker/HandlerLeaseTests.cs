namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract lines 4 and 12 for handlers: the lease is renewed while a call runs, and stopping lets it finish.</summary>
public sealed class HandlerLeaseTests
{
    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(10);

    [Theory, EveryStore]
    public async Task Lease_WhileTheHandlerRuns_IsRenewed(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        var call = new BlockedCall();
        await using IWorker worker = queue.Handle<int>(call.RunAsync, new() { LeaseDuration = _lease });
        await call.Started.Soon();

        for (int i = 0; i < 35; i++)
        {
            await harness.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        await harness.ShouldBeEmptyAsync(queue.Consumer<int>(), "while the handler runs");
        call.Token.IsCancellationRequested.Should().BeFalse();
        call.Release();
        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1);
        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = 1, Delivered = 1 });
    }

    [Theory, EveryStore]
    public async Task Lease_ClockJumpsFarInOneStep_IsRenewedOnTheWay(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        var call = new BlockedCall();
        await using IWorker worker = queue.Handle<int>(call.RunAsync, new() { LeaseDuration = _lease });
        await call.Started.Soon();

        await harness.AdvanceAsync(TimeSpan.FromMinutes(2));

        call.Token.IsCancellationRequested.Should().BeFalse();
        queue.Statistics.Leased.Should().Be(1);
        call.Release();
        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1);
    }

    [Theory, EveryStore]
    public async Task Lease_PastMaxProcessingTime_IsLostAndTheMessageComesAgain(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero) });
        await queue.Producer<int>().SendAsync(1).Soon();
        var call = new BlockedCall();
        await using IWorker worker = queue.Handle<int>(
            call.RunAsync, new() { LeaseDuration = _lease, MaxProcessingTime = TimeSpan.FromSeconds(25) });
        await call.Started.Soon();
        IConsumer<int> other = queue.Consumer<int>();

        await harness.AdvanceAsync(TimeSpan.FromSeconds(25) - TimeSpan.FromTicks(1));
        call.Token.IsCancellationRequested.Should().BeFalse();
        await harness.ShouldBeEmptyAsync(other, "before the time for processing is over");
        await harness.AdvanceAsync(_lease);

        await HangGuard.UntilAsync(() => call.Token.IsCancellationRequested);
        Delivery<int> again = await other.NextAsync();
        (again.Attempt, again.Failures).Should().Be((2, 1));
        call.Release();
        await HangGuard.UntilAsync(() => worker.Running == 0);
        await harness.SettleAsync();
        queue.Statistics.Acked.Should().Be(0, "the late return is no ack");
        (await again.AckAsync().Soon()).Should().Be(Settlement.Acked);
    }

    [Theory, EveryStore]
    public async Task Dispose_WhileCallsRun_WaitsForThemAndReturnsTheRest(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 5);
        var call = new BlockedCall();
        IWorker worker = queue.Handle<int>(call.RunAsync);
        await call.Started.Soon();

        Task disposal = worker.DisposeAsync().AsTask();

        await harness.SettleAsync();
        disposal.IsCompleted.Should().BeFalse("a call is still running");
        call.Token.IsCancellationRequested.Should().BeFalse("it has time to finish");
        call.Release();
        await disposal.Soon();
        call.Calls.Should().Be(1);
        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = 1, Delivered = 1, Ready = 4 });
        (await harness.DrainAsync<int>(queue)).Should().Equal(2, 3, 4, 5);
    }

    [Theory, EveryStore]
    public async Task Dispose_CallOutlastsTheShutdownTimeout_IsCancelledWithoutAFailure(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        var call = new BlockedCall();
        IWorker worker = queue.Handle<int>(
            call.RunUntilCancelledAsync, new() { ShutdownTimeout = TimeSpan.FromSeconds(5) });
        await call.Started.Soon();

        Task disposal = worker.DisposeAsync().AsTask();
        harness.Time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        call.Token.IsCancellationRequested.Should().BeFalse();
        harness.Time.Advance(TimeSpan.FromTicks(1));

        await disposal.Soon();
        call.Token.IsCancellationRequested.Should().BeTrue();
        Delivery<int> again = await queue.Consumer<int>().NextAsync();
        (again.Attempt, again.Failures).Should().Be((2, 0));
    }

    [Theory, EveryStore]
    public async Task BrokerDispose_WhileCallsRun_WaitsForThem(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 3);
        var call = new BlockedCall();
        queue.Handle<int>(call.RunAsync);
        await call.Started.Soon();

        Task close = harness.CloseAsync();

        close.IsCompleted.Should().BeFalse("a call is still running");
        call.Release();
        await close;
        await harness.OpenAsync();
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders")))
            .Should().Equal(store == StoreKind.Memory ? [] : [2, 3], "the running call ended with its ack");
    }

    [Theory, ReopeningStores]
    public async Task BrokerDispose_NoTimeToShutDown_CancelsTheCallAndReturnsTheMessageWithoutAFailure(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        var call = new BlockedCall();
        queue.Handle<int>(call.RunUntilCancelledAsync, new() { ShutdownTimeout = TimeSpan.Zero });
        await call.Started.Soon();

        await harness.ReopenAsync();

        Delivery<int> again = await harness.Broker.Queue("orders").Consumer<int>().NextAsync();
        (again.Attempt, again.Failures).Should().Be((2, 0));
    }

    private static async Task<IQueue> QueueOfAsync(BrokerHarness harness, int count)
    {
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, count).Select(i => new Message<int>(i))]).Soon();
        return queue;
    }
}
