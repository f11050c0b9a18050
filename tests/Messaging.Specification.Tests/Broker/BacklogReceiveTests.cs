using Messaging.TestSupport;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Broker;

/// <summary>A batch that waits for no new message still gets those that are in the store only.</summary>
public sealed class BacklogReceiveTests : IAsyncDisposable
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private readonly FaultyStore _store = new();
    private readonly VirtualTime _time = new();
    private readonly List<MessageBroker> _brokers = [];

    [Theory, ReopeningStores]
    public async Task ReceiveBatch_ZeroWaitOnABrokerJustOpened_ReadsWhatIsThere(StoreKind store)
    {
        await using BrokerHarness harness = await WithBacklogAsync(store, 1_000);

        IReadOnlyList<Delivery<int>> batch = await harness.Broker.Queue("orders").Consumer<int>().ReceiveBatchAsync(500, TimeSpan.Zero).Soon();

        batch.Select(delivery => delivery.Body).Should().Equal(Enumerable.Range(1, 500));
    }

    [Theory, ReopeningStores]
    public async Task ReceiveBatch_MoreThanOneReadOfTheBacklog_ReturnsAllThatIsThere(StoreKind store)
    {
        foreach (TimeSpan wait in (TimeSpan[])[TimeSpan.Zero, _second])
        {
            await using BrokerHarness harness = await WithBacklogAsync(store, 2_500);
            IConsumer<int> consumer = harness.Broker.Queue("orders").Consumer<int>();

            IReadOnlyList<Delivery<int>> batch = await consumer.ReceiveBatchAsync(10_000, wait).Soon();

            batch.Select(delivery => delivery.Body).Should().Equal(Enumerable.Range(1, 2_500));
            (await consumer.ReceiveBatchAsync(1, TimeSpan.Zero).Soon()).Should().BeEmpty();
        }
    }

    [Fact]
    public async Task ReceiveBatch_ZeroWaitWhileTheBacklogIsBeingRead_WaitsForTheStore()
    {
        IQueue queue = await ReopenWithAsync(3);
        _store.HoldReads();

        Task<IReadOnlyList<Delivery<int>>> batch = queue.Consumer<int>().ReceiveBatchAsync(10, TimeSpan.Zero).AsTask();

        await _store.ReadReached.Soon();
        batch.IsCompleted.Should().BeFalse("three messages are there");
        _store.ReleaseReads();
        (await batch.Soon()).Select(delivery => delivery.Body).Should().Equal(1, 2, 3);
    }

    [Fact]
    public async Task ReceiveBatch_ZeroWaitWhileAFailedMessageIsBeingFetched_WaitsForTheStore()
    {
        IQueue queue = await ReopenWithAsync(0);
        await queue.Producer<int>().SendAsync(1).Soon();
        await (await queue.Consumer<int>().NextAsync()).NackAsync(TimeSpan.FromMinutes(1)).Soon();
        queue = await ReopenAsync();
        _store.HoldReads();
        _time.Advance(TimeSpan.FromMinutes(1));
        await _store.ReadReached.Soon();

        Task<IReadOnlyList<Delivery<int>>> batch = queue.Consumer<int>().ReceiveBatchAsync(10, TimeSpan.Zero).AsTask();

        batch.IsCompleted.Should().BeFalse("its time has come");
        _store.ReleaseReads();
        (await batch.Soon()).Select(delivery => (delivery.Body, delivery.Failures)).Should().Equal((1, 1));
    }

    [Fact]
    public async Task ReceiveBatch_TheStoreFailsToRead_EndsWithWhatItHas()
    {
        IQueue queue = await ReopenWithAsync(3);
        _store.FailReads(() => new StoreException("The disk said no."));
        IConsumer<int> consumer = queue.Consumer<int>();

        (await consumer.ReceiveBatchAsync(10, TimeSpan.Zero).Soon()).Should().BeEmpty();

        _store.FailReads(null);
        (await consumer.ReceiveBatchAsync(10, TimeSpan.Zero).Soon()).Should().HaveCount(3);
    }

    [Fact]
    public async Task ReceiveBatch_CancelledWhileTheBacklogIsBeingRead_EndsTheWaitAndTakesNothing()
    {
        IQueue queue = await ReopenWithAsync(3);
        _store.HoldReads();
        using var source = new CancellationTokenSource();
        Task<IReadOnlyList<Delivery<int>>> batch = queue.Consumer<int>().ReceiveBatchAsync(10, TimeSpan.Zero, source.Token).AsTask();
        await _store.ReadReached.Soon();

        await source.CancelAsync();

        await batch.Awaiting(b => b.Soon()).Should().ThrowAsync<OperationCanceledException>();
        _store.ReleaseReads();
        await _brokers[^1].WhenIdleAsync().Soon();
        (queue.Statistics.Ready, queue.Statistics.Leased).Should().Be((3, 0));
    }

    [Fact]
    public async Task ReceiveBatch_ConsumerDisposedWhileTheBacklogIsBeingRead_EndsTheWait()
    {
        IQueue queue = await ReopenWithAsync(3);
        _store.HoldReads();
        IConsumer<int> consumer = queue.Consumer<int>();
        Task<IReadOnlyList<Delivery<int>>> batch = consumer.ReceiveBatchAsync(10, TimeSpan.Zero).AsTask();
        await _store.ReadReached.Soon();

        await consumer.DisposeAsync().Soon();

        await batch.Awaiting(b => b.Soon()).Should().ThrowAsync<ObjectDisposedException>();
        _store.ReleaseReads();
    }

    [Fact]
    public async Task TryReceive_WhileTheBacklogIsBeingRead_IsFalseAndHasItRead()
    {
        IQueue queue = await ReopenWithAsync(3);
        _store.HoldReads();
        IConsumer<int> consumer = queue.Consumer<int>();

        consumer.TryReceive(out _).Should().BeFalse("it does not wait for the store");

        await _store.ReadReached.Soon();
        _store.ReleaseReads();
        await _brokers[^1].WhenIdleAsync().Soon();
        consumer.TryReceive(out Delivery<int> delivery).Should().BeTrue();
        delivery.Body.Should().Be(1);
    }

    public async ValueTask DisposeAsync()
    {
        _store.ReleaseReads();
        foreach (MessageBroker broker in _brokers)
        {
            await broker.DisposeAsync().Soon();
        }
    }

    private static async Task<BrokerHarness> WithBacklogAsync(StoreKind store, int count)
    {
        BrokerHarness harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.Queue("orders").Producer<int>().SendBatchAsync([.. Enumerable.Range(1, count).Select(i => new Message<int>(i))]).Soon();
        await harness.ReopenAsync();
        return harness;
    }

    private async Task<IQueue> ReopenWithAsync(int count)
    {
        IQueue queue = await ReopenAsync();
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, count).Select(i => new Message<int>(i))]).Soon();
        return await ReopenAsync();
    }

    private async Task<IQueue> ReopenAsync()
    {
        if (_brokers.Count > 0)
        {
            await _brokers[^1].DisposeAsync().Soon();
        }

        _brokers.Add(await MessageBroker.OpenAsync(_store, new BrokerOptions { TimeProvider = _time }).Soon());
        return _brokers[^1].Queue("orders");
    }
}
