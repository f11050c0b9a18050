namespace Messaging.Specification.Tests.Broker;

/// <summary>The four ways to receive, and how each of them waits.</summary>
public sealed class ReceiveTests
{
    [Theory, EveryStore]
    public async Task ReceiveBatch_SomeReady_ReturnsThoseWithoutWaitingForMore(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([new(1), new(2), new(3)]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        await harness.SettleAsync();

        IReadOnlyList<Delivery<int>> batch = await consumer.ReceiveBatchAsync(10, Timeout.InfiniteTimeSpan).Soon();

        batch.Select(d => d.Body).Should().Equal(1, 2, 3);
        (await batch[1].AckAsync().Soon()).Should().Be(Settlement.Acked);
        queue.Statistics.Leased.Should().Be(2);
    }

    [Theory, EveryStore]
    public async Task ReceiveBatch_MoreReadyThanWanted_LeavesTheRest(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([new(1), new(2), new(3)]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        await harness.SettleAsync();

        (await consumer.ReceiveBatchAsync(2, TimeSpan.Zero).Soon()).Select(d => d.Body).Should().Equal(1, 2);
        (await consumer.ReceiveBatchAsync(2, TimeSpan.Zero).Soon()).Select(d => d.Body).Should().Equal(3);
        (await consumer.ReceiveBatchAsync(2, TimeSpan.Zero).Soon()).Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task ReceiveBatch_NothingComes_EndsEmptyWhenTheTimeIsUp(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int> consumer = queue.Consumer<int>();

        Task<IReadOnlyList<Delivery<int>>> batch = consumer.ReceiveBatchAsync(10, TimeSpan.FromSeconds(5)).AsTask();

        await harness.AdvanceAsync(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        batch.IsCompleted.Should().BeFalse();
        await harness.AdvanceAsync(TimeSpan.FromTicks(1));
        (await batch.Soon()).Should().BeEmpty();
        await queue.Producer<int>().SendAsync(1).Soon();
        (await consumer.NextAsync()).Body.Should().Be(1, "the ended wait took nothing");
    }

    [Theory, EveryStore]
    public async Task ReceiveBatch_OneComesWhileItWaits_ReturnsIt(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        Task<IReadOnlyList<Delivery<int>>> batch = queue.Consumer<int>().ReceiveBatchAsync(10, TimeSpan.FromSeconds(5)).AsTask();
        await harness.AdvanceAsync(TimeSpan.FromSeconds(1));

        await queue.Producer<int>().SendAsync(1).Soon();

        (await batch.Soon()).Select(d => d.Body).Should().Equal(1);
    }

    [Theory, EveryStore]
    public async Task TryReceive_NothingReady_IsFalse(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);

        harness.Broker.Queue("orders").Consumer<int>().TryReceive(out _).Should().BeFalse();
    }

    [Theory, EveryStore]
    public async Task ReadAll_LeftAfterSome_LeasesOnlyWhatItHandedOver(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, 10).Select(i => new Message<int>(i))]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        using var limit = new CancellationTokenSource(HangGuard.Limit);
        var received = new List<int>();

        await foreach (Delivery<int> delivery in consumer.ReadAllAsync(limit.Token))
        {
            received.Add(delivery.Body);
            (await delivery.AckAsync().Soon()).Should().Be(Settlement.Acked);
            if (received.Count == 3)
            {
                break;
            }
        }

        received.Should().Equal(1, 2, 3);
        await harness.SettleAsync();
        queue.Statistics.Should().Be(new SubscriptionStatistics { Ready = 7, Acked = 3, Delivered = 3 });
        (await consumer.NextAsync()).Body.Should().Be(4, "the consumer can still be used");
    }

    [Theory, EveryStore]
    public async Task ConsumerDispose_WhileItWaits_EndsTheWait(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int> consumer = queue.Consumer<int>();
        Task<Delivery<int>> waiting = consumer.NextAsync();
        Task<IReadOnlyList<Delivery<int>>> batch = consumer.ReceiveBatchAsync(3, Timeout.InfiniteTimeSpan).AsTask();

        await consumer.DisposeAsync().Soon();

        await FluentActions.Awaiting(() => waiting.Soon()).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(() => batch.Soon()).Should().ThrowAsync<ObjectDisposedException>();
        await queue.Producer<int>().SendAsync(1).Soon();
        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
    }

    [Theory, EveryStore]
    public async Task ConsumerDispose_Twice_IsHarmless(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IConsumer<int> consumer = harness.Broker.Queue("orders").Consumer<int>();

        await consumer.DisposeAsync().Soon();
        await consumer.DisposeAsync().Soon();

        consumer.Invoking(c => c.TryReceive(out _)).Should().Throw<ObjectDisposedException>();
    }
}
