using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 12 for callers that cannot await: <see cref="MessageBroker.Dispose"/> ends as <see cref="MessageBroker.DisposeAsync"/> does.</summary>
public sealed class BlockingDisposeTests
{
    [Theory, EveryStore]
    public async Task Dispose_RunningHandler_BlocksUntilItHasEndedAndKeepsTheRest(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([1, 2]).Soon();
        var call = new BlockedCall();
        queue.Handle<int>(call.RunAsync);
        await call.Started.Soon();

        Task disposing = OnThread(broker.Dispose);

        await HangGuard.UntilAsync(() => Refuses(queue));
        disposing.IsCompleted.Should().BeFalse("the handler runs");
        call.Release();
        await disposing.Soon();
        broker.Invoking(b => b.Queue("orders")).Should().Throw<ObjectDisposedException>();
        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
            (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().Equal(2);
        }
    }

    [Theory, EveryStore]
    public async Task Dispose_ByAHandlerOfTheBroker_ReturnsAtOnceAndEndsInGoodOrder(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;
        var returned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        broker.Queue("orders").Handle<int>((_, _) =>
        {
            broker.Dispose();
            broker.Dispose();
            returned.SetResult();
            return default;
        });

        await broker.Queue("orders").Producer<int>().SendAsync(1).Soon();

        await returned.Task.Soon();
        await broker.DisposeAsync().Soon();
        broker.Invoking(b => b.Queue("orders")).Should().Throw<ObjectDisposedException>();
    }

    [Theory, EveryStore]
    public async Task Dispose_BothWaysInAnyOrder_IsDoneOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;
        await broker.Queue("orders").Producer<int>().SendAsync(1).Soon();

        Task[] all = [OnThread(broker.Dispose), broker.DisposeAsync().AsTask(), OnThread(broker.Dispose)];

        await Task.WhenAll(all).Soon();
        await OnThread(broker.Dispose).Soon();
        await broker.DisposeAsync().Soon();
    }

    [Theory, EveryStore]
    public async Task Dispose_OnTheOnlyThreadOfAContext_DoesNotWaitForThatThread(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        var handled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        queue.Handle<int>(async (_, _) =>
        {
            await Task.Yield();
            handled.SetResult();
        });
        await handled.Task.Soon();
        var context = new ForeignContext();
        SynchronizationContext? left = null;

        await OnThread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(context);
            broker.Dispose();
            left = SynchronizationContext.Current;
        }).Soon();

        context.Posts.Should().Be(0);
        left.Should().BeSameAs(context);
    }

    [Fact]
    public async Task Dispose_StoreThatCannotBeClosed_ThrowsWhatTheStoreThrew()
    {
        var store = new FaultyStore();
        store.FailDisposal(() => new InvalidTimeZoneException("the disk is gone"));
        MessageBroker broker = await MessageBroker.OpenAsync(store).Soon();

        await FluentActions.Awaiting(() => OnThread(broker.Dispose).Soon()).Should().ThrowAsync<InvalidTimeZoneException>();
    }

    [Theory, EveryStore]
    public async Task Dispose_OfWhatAContainerMayHold_EndsIt(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IProducer<int> producer = queue.Producer<int>();
        IConsumer<int> consumer = queue.Consumer<int>();
        IWorker worker = queue.Handle<int>((_, _) => default);
        IMessageBroker broker = harness.Broker;
        await producer.SendAsync(1).Soon();
        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1);

        // A container asks the objects that it holds, whatever type they were registered as.
        foreach (object held in (object[])[worker, consumer, producer, broker])
        {
            await OnThread(() => ((IDisposable)held).Dispose()).Soon();
        }

        await producer.Awaiting(p => p.SendAsync(2).Soon()).Should().ThrowAsync<ObjectDisposedException>();
        consumer.Invoking(c => c.TryReceive(out _)).Should().Throw<ObjectDisposedException>();
        worker.Running.Should().Be(0);
        broker.Invoking(b => b.Topic("news")).Should().Throw<ObjectDisposedException>();
    }

    private static bool Refuses(IQueue queue)
    {
        try
        {
            queue.Handle<int>((_, _) => default).DisposeAsync().AsTask().Wait(HangGuard.Limit);
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    private static Task OnThread(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
