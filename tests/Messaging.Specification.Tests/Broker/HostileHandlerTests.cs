namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 5: a handler may do what it likes; its worker and its broker go on.</summary>
public sealed class HostileHandlerTests
{
    [Theory, EveryStore]
    public async Task Handler_ThrowingWhatCannotDescribeItself_FailsItsMessageAndTheNextIsHandled(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.Schedule() });
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using IWorker worker = queue.Handle<int>((delivery, _) =>
        {
            if (delivery.Body == 1)
            {
                throw new SpeechlessException();
            }

            next.TrySetResult();
            return default;
        });

        await queue.Producer<int>().SendAsync(1).Soon();
        await queue.Producer<int>().SendAsync(2).Soon();

        await next.Task.Soon();
        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1);
    }

    [Theory, ReopeningStores]
    public async Task Dispose_WhenACallbackOnTheHandlersTokenThrows_StillClosesTheStore(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        queue.Handle<int>(
            async (_, cancellation) =>
            {
                var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                cancellation.Register(stopped.SetResult);
                cancellation.Register(() => throw new InvalidOperationException("the callback's own fault"));
                started.SetResult();
                await stopped.Task;
                cancellation.ThrowIfCancellationRequested();
            },
            new HandlerOptions { ShutdownTimeout = TimeSpan.Zero });
        await queue.Producer<int>().SendAsync(1).Soon();
        await started.Task.Soon();

        await harness.ReopenAsync();

        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().Equal(1);
    }
}
