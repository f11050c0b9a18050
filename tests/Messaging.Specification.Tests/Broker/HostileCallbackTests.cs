namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 13: what a user registers on a token of ours may throw or hang.</summary>
public sealed class HostileCallbackTests
{
    [Theory, EveryStore]
    public async Task LeaseLost_WithCallbacksThatThrow_IsLoggedAndTheMessageComesAgain(StoreKind store)
    {
        using var log = new RecordingLog();
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(1)) });
        IConsumer<int> consumer = queue.Consumer<int>();
        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await consumer.NextAsync();
        delivery.LeaseLost.Register(() => throw new SpeechlessException());

        await harness.AdvanceAsync(TimeSpan.FromSeconds(40));
        await harness.AdvanceAsync(TimeSpan.FromSeconds(2));

        (await consumer.NextAsync()).Attempt.Should().Be(2);
        await HangGuard.UntilAsync(() => log.Lines.Any(IsOfCallback));
        log.Lines.Where(IsOfCallback).Should().ContainSingle().Which.Should().Contain("orders").And.Contain(typeof(SpeechlessException).FullName);
    }

    [Theory, EveryStore]
    public async Task LeaseLost_WithACallbackThatHangs_HoldsNobodyElse(StoreKind store)
    {
        using var release = new ManualResetEventSlim();
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(1)) });
        IConsumer<int> consumer = queue.Consumer<int>();
        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await consumer.NextAsync();
        delivery.LeaseLost.Register(release.Wait);

        await harness.AdvanceAsync(TimeSpan.FromSeconds(40));
        await harness.AdvanceAsync(TimeSpan.FromSeconds(2));

        delivery.LeaseLost.IsCancellationRequested.Should().BeTrue();
        (await consumer.NextAsync()).Attempt.Should().Be(2);
        release.Set();
    }

    [Theory, EveryStore]
    public async Task DisposeOfAWorker_WithACallbackThatHangs_Ends(StoreKind store)
    {
        using var release = new ManualResetEventSlim();
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IWorker worker = queue.Handle<int>(
            async (_, cancellation) =>
            {
                cancellation.Register(release.Wait);
                started.TrySetResult();
                await Task.Delay(Timeout.Infinite, CancellationToken.None);
            },
            new HandlerOptions { ShutdownTimeout = TimeSpan.Zero });
        await queue.Producer<int>().SendAsync(1).Soon();
        await started.Task.Soon();

        await worker.DisposeAsync().Soon();

        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
        release.Set();
    }

    [Theory, EveryStore]
    public async Task DisposeOfAConsumer_WithACallbackThatThrows_ReturnsItsMessages(StoreKind store)
    {
        using var log = new RecordingLog();
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int> consumer = queue.Consumer<int>();
        await queue.Producer<int>().SendAsync(1).Soon();
        (await consumer.NextAsync()).LeaseLost.Register(() => throw new InvalidOperationException("the callback's own fault"));

        await consumer.DisposeAsync().Soon();

        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
        await HangGuard.UntilAsync(() => !log.Lines.IsEmpty);
        log.Lines.Should().ContainSingle().Which.Should().Contain("the callback's own fault");
    }

    private static bool IsOfCallback(string line) => line.Contains("a callback threw", StringComparison.Ordinal);
}
