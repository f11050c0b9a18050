using Messaging.TestSupport;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract lines 1, 2 and 6 against a store that is slow or fails: nothing is confirmed or delivered before its commit.</summary>
public sealed class CommitTests : IAsyncDisposable
{
    private static readonly MessageId _id = MessageId.FromName("order-42");
    private readonly FaultyStore _store = new();
    private readonly VirtualTime _time = new();
    private readonly List<MessageBroker> _brokers = [];

    [Fact]
    public async Task Send_BeforeItsCommit_IsNeitherConfirmedNorDelivered()
    {
        MessageBroker broker = await OpenAsync();
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendAsync(0).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        await (await consumer.NextAsync()).AckAsync().Soon();
        await broker.WhenIdleAsync().Soon();
        _store.HoldCommits();

        Task<Receipt> send = queue.Producer<int>().SendAsync(1).AsTask();

        await _store.CommitReached.Soon();
        send.IsCompleted.Should().BeFalse();
        consumer.TryReceive(out _).Should().BeFalse("the message may not survive yet");
        _store.ReleaseCommits();
        await send.Soon();
        (await consumer.NextAsync()).Body.Should().Be(1);
    }

    [Fact]
    public async Task Ack_BeforeItsCommit_IsNotConfirmed()
    {
        MessageBroker broker = await OpenAsync();
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await queue.Consumer<int>().NextAsync();
        await broker.WhenIdleAsync().Soon();
        _store.HoldCommits();

        Task<Settlement> ack = delivery.AckAsync().AsTask();

        await _store.CommitReached.Soon();
        ack.IsCompleted.Should().BeFalse();
        (await delivery.AckAsync().Soon()).Should().Be(Settlement.LeaseLost, "it is settled already, and only the first call may confirm it");
        _store.ReleaseCommits();
        (await ack.Soon()).Should().Be(Settlement.Acked);
    }

    [Fact]
    public async Task ReceiveBatch_WhileTheAckOnReceiptIsBeingStored_DoesNotHoldItsCaller()
    {
        MessageBroker broker = await OpenAsync();
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>(new ConsumerOptions { AckMode = AckMode.OnReceive });
        await broker.WhenIdleAsync().Soon();
        _store.HoldCommits();

        Task<Task<IReadOnlyList<Delivery<int>>>> call = Task.Factory.StartNew(
            () => consumer.ReceiveBatchAsync(2, TimeSpan.Zero).AsTask(), CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Default);

        Task<IReadOnlyList<Delivery<int>>> batch = await call.Soon();
        await _store.CommitReached.Soon();
        batch.IsCompleted.Should().BeFalse("the ack is not stored yet");
        _store.ReleaseCommits();
        (await batch.Soon()).Select(delivery => delivery.Body).Should().Equal(1, 2);
    }

    [Fact]
    public async Task Send_CancelledDuringItsCommit_EndsTheWaitOnly()
    {
        MessageBroker broker = await OpenAsync();
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendAsync(0).Soon();
        await broker.WhenIdleAsync().Soon();
        _store.HoldCommits();
        using var source = new CancellationTokenSource();
        Task<Receipt> send = queue.Producer<int>().SendAsync(1, cancellationToken: source.Token).AsTask();
        await _store.CommitReached.Soon();

        await source.CancelAsync();

        await FluentActions.Awaiting(() => send.Soon()).Should().ThrowAsync<OperationCanceledException>();
        _store.ReleaseCommits();
        await broker.WhenIdleAsync().Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        ((await consumer.NextAsync()).Body, (await consumer.NextAsync()).Body).Should().Be((0, 1));
    }

    [Fact]
    public async Task Ack_CancelledDuringItsCommit_Stands()
    {
        MessageBroker broker = await OpenAsync();
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await queue.Consumer<int>().NextAsync();
        await broker.WhenIdleAsync().Soon();
        _store.HoldCommits();
        using var source = new CancellationTokenSource();
        Task<Settlement> ack = delivery.AckAsync(source.Token).AsTask();
        await _store.CommitReached.Soon();

        await source.CancelAsync();

        await FluentActions.Awaiting(() => ack.Soon()).Should().ThrowAsync<OperationCanceledException>();
        _store.ReleaseCommits();
        await broker.WhenIdleAsync().Soon();
        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = 1, Delivered = 1 });
    }

    [Fact]
    public async Task Subscribe_CancelledDuringItsCommit_LeavesTheBrokerInOrder()
    {
        MessageBroker broker = await OpenAsync();
        _store.HoldCommits();
        using var source = new CancellationTokenSource();
        Task<ISubscription> subscribe = broker.SubscribeAsync("orders", "billing", cancellationToken: source.Token).AsTask();
        await _store.CommitReached.Soon();

        await source.CancelAsync();

        await FluentActions.Awaiting(() => subscribe.Soon()).Should().ThrowAsync<OperationCanceledException>();
        _store.ReleaseCommits();
        ISubscription billing = await broker.SubscribeAsync("orders", "billing").Soon();
        broker.Subscriptions.Should().ContainSingle();
        await broker.Topic("orders").Producer<int>().SendAsync(1).Soon();
        (await billing.Consumer<int>().NextAsync()).Body.Should().Be(1);
    }

    [Fact]
    public async Task Send_StoreRefusesForCertain_ThrowsItAndNothingIsSent()
    {
        MessageBroker broker = await OpenAsync();
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendAsync(0).Soon();
        await broker.WhenIdleAsync().Soon();
        _store.FailCommits(() => new StoreException("The disk is full."));

        Func<Task> send = () => queue.Producer<int>().SendAsync(1, new() { MessageId = _id }).Soon();

        (await send.Should().ThrowAsync<StoreException>()).Which.Should().NotBeOfType<StoreOutcomeUnknownException>();
        _store.FailCommits(null);
        Receipt receipt = await queue.Producer<int>().SendAsync(1, new() { MessageId = _id }).Soon();
        receipt.IsDuplicate.Should().BeFalse("the refused send left nothing, its id included");
        await broker.WhenIdleAsync().Soon();
        queue.Statistics.Ready.Should().Be(2);
        IConsumer<int> consumer = queue.Consumer<int>();
        ((await consumer.NextAsync()).Body, (await consumer.NextAsync()).Body).Should().Be((0, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Send_OutcomeUnknown_CanBeRepeatedAfterReopenAndIsThereOnce(bool wasStored)
    {
        MessageBroker broker = await OpenAsync();
        IProducer<int> producer = broker.Queue("orders").Producer<int>();
        await producer.SendAsync(0).Soon();
        await broker.WhenIdleAsync().Soon();
        _store.FailCommits(() => new StoreOutcomeUnknownException("The disk said no while it wrote."), afterStoring: wasStored);

        await producer.Awaiting(p => p.SendAsync(1, new() { MessageId = _id }).Soon()).Should().ThrowAsync<StoreOutcomeUnknownException>();

        _store.FailCommits(null);
        await producer.Awaiting(p => p.SendAsync(2).Soon()).Should()
            .ThrowAsync<StoreException>("the broker confirms nothing more until it is reopened");
        await broker.DisposeAsync().Soon();
        MessageBroker again = await OpenAsync();
        Receipt receipt = await again.Queue("orders").Producer<int>().SendAsync(1, new() { MessageId = _id }).Soon();

        receipt.IsDuplicate.Should().Be(wasStored);
        await again.WhenIdleAsync().Soon();
        again.Queue("orders").Statistics.Ready.Should().Be(2);
        IConsumer<int> consumer = again.Queue("orders").Consumer<int>();
        ((await consumer.NextAsync()).Body, (await consumer.NextAsync()).Body).Should().Be((0, 1));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Send_WithoutAnIdAndOutcomeUnknown_NamesTheIdToRepeatItWith(bool wasStored)
    {
        MessageBroker broker = await OpenAsync();
        IProducer<int> producer = broker.Queue("orders").Producer<int>();
        await producer.SendAsync(0).Soon();
        await broker.WhenIdleAsync().Soon();
        _store.FailCommits(() => new StoreOutcomeUnknownException("The disk said no while it wrote."), afterStoring: wasStored);
        StoreOutcomeUnknownException failure =
            (await producer.Awaiting(p => p.SendAsync(1).Soon()).Should().ThrowAsync<StoreOutcomeUnknownException>()).Which;

        MessageBroker again = await ReopenAsync(broker);
        Receipt receipt = await again.Queue("orders").Producer<int>().SendAsync(1, new() { MessageId = failure.MessageIds.Single() }).Soon();
        Receipt twice = await again.Queue("orders").Producer<int>().SendAsync(1, new() { MessageId = failure.MessageIds.Single() }).Soon();

        failure.Message.Should().Contain(failure.MessageIds.Single().ToString());
        (receipt.IsDuplicate, receipt.Sequence).Should().Be((wasStored, 2));
        (twice.IsDuplicate, twice.Sequence).Should().Be((true, 2));
        (await DrainAsync(again)).Should().Equal(0, 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SendBatch_OutcomeUnknown_NamesTheIdsToRepeatItWith(bool wasStored)
    {
        MessageBroker broker = await OpenAsync();
        IProducer<int> producer = broker.Queue("orders").Producer<int>();
        await producer.SendAsync(0).Soon();
        await broker.WhenIdleAsync().Soon();
        _store.FailCommits(() => new StoreOutcomeUnknownException("The disk said no while it wrote."), afterStoring: wasStored);
        Message<int>[] batch = [new(1), new(2, new() { Delay = TimeSpan.FromHours(1) }), new(3, new() { MessageId = _id }), new(4)];
        StoreOutcomeUnknownException failure =
            (await producer.Awaiting(p => p.SendBatchAsync(batch).Soon()).Should().ThrowAsync<StoreOutcomeUnknownException>()).Which;

        MessageBroker again = await ReopenAsync(broker);
        Message<int>[] repeated = [.. batch.Zip(failure.MessageIds, (m, id) => new Message<int>(m.Body, (m.Options ?? new()) with { MessageId = id }))];
        IReadOnlyList<Receipt> receipts = await again.Queue("orders").Producer<int>().SendBatchAsync(repeated).Soon();

        failure.MessageIds.Should().HaveCount(4).And.OnlyHaveUniqueItems();
        receipts.Should().OnlyContain(r => r.IsDuplicate == wasStored);
        (await DrainAsync(again)).Should().Equal(0, 1, 3, 4);
        _time.Advance(TimeSpan.FromHours(1));
        (await DrainAsync(again)).Should().Equal(2);
    }

    [Fact]
    public async Task Receive_StoreRefusesToNoteTheBeginning_IsNoFailureOfTheMessage()
    {
        MessageBroker died = await OpenAsync();
        await died.Queue("orders").Producer<int>().SendAsync(1).Soon();
        _store.FailCommits(() => new StoreOutcomeUnknownException("The disk said no while it wrote."));
        await died.Queue("orders").Producer<int>().Awaiting(p => p.SendAsync(2).Soon()).Should().ThrowAsync<StoreException>();
        MessageBroker broker = await ReopenAsync(died);
        IConsumer<int> consumer = broker.Queue("orders").Consumer<int>();
        _store.FailCommits(() => new StoreException("The disk is full."));

        await consumer.Awaiting(c => c.ReceiveAsync().Soon()).Should().ThrowAsync<StoreException>();

        _store.FailCommits(null);
        _time.Advance(TimeSpan.FromSeconds(1));
        Delivery<int> delivery = await consumer.NextAsync();
        (delivery.Body, delivery.Attempt, delivery.Failures).Should().Be((1, 2, 0));
    }

    [Fact]
    public async Task Handler_StoreRefusesToNoteTheBeginning_GetsTheMessageSoonAfter()
    {
        MessageBroker died = await OpenAsync();
        await died.Queue("orders").Producer<int>().SendAsync(1).Soon();
        _store.FailCommits(() => new StoreOutcomeUnknownException("The disk said no while it wrote."));
        await died.Queue("orders").Producer<int>().Awaiting(p => p.SendAsync(2).Soon()).Should().ThrowAsync<StoreException>();
        MessageBroker broker = await ReopenAsync(died);
        var handled = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.FailCommits(() => new StoreException("The disk is full."));
        await using IWorker worker = broker.Queue("orders").Handle<int>((delivery, _) =>
        {
            handled.TrySetResult(delivery.Failures);
            return ValueTask.CompletedTask;
        });
        // A worker's loop begins on the thread pool, which nobody counts.
        await HangGuard.UntilAsync(() => broker.Queue("orders").Statistics.Waiting == 1);
        handled.Task.IsCompleted.Should().BeFalse("its beginning cannot be noted");

        _store.FailCommits(null);
        _time.Advance(TimeSpan.FromSeconds(1));

        (await handled.Task.Soon()).Should().Be(0);
    }

    [Fact]
    public async Task Ack_OutcomeUnknown_IsNotConfirmed()
    {
        MessageBroker broker = await OpenAsync();
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await queue.Consumer<int>().NextAsync();
        await broker.WhenIdleAsync().Soon();
        _store.FailCommits(() => new StoreOutcomeUnknownException("The disk said no while it wrote."));

        await delivery.Awaiting(d => d.AckAsync().Soon()).Should().ThrowAsync<StoreException>();
    }

    [Fact]
    public async Task Waits_WhenTheStoreHasFailed_EndRatherThanHang()
    {
        MessageBroker broker = await OpenAsync();
        IQueue queue = broker.Queue("orders", new() { Capacity = 1 });
        await queue.Producer<int>().SendAsync(1).Soon();
        await broker.WhenIdleAsync().Soon();
        Task<Receipt> waiting = queue.Producer<int>().SendAsync(2).AsTask();
        _store.FailCommits(() => new StoreOutcomeUnknownException("The disk said no while it wrote."));
        Delivery<int> delivery = await queue.Consumer<int>().NextAsync();
        await delivery.Awaiting(d => d.AckAsync().Soon()).Should().ThrowAsync<StoreException>();
        Task<Delivery<int>> receiving = queue.Consumer<int>().ReceiveAsync().AsTask();

        await broker.DisposeAsync().Soon();

        await waiting.Awaiting(w => w.Soon()).Should().ThrowAsync<Exception>();
        await receiving.Awaiting(r => r.Soon()).Should().ThrowAsync<Exception>();
        (waiting.IsCompleted, receiving.IsCompleted).Should().Be((true, true));
    }

    public async ValueTask DisposeAsync()
    {
        // A test that failed may have left the gate closed, and a broker waits for its last commit.
        _store.ReleaseCommits();
        _store.FailCommits(null);
        foreach (MessageBroker broker in _brokers)
        {
            await broker.DisposeAsync().Soon();
        }
    }

    /// <summary>Closes a broker whose store has failed, and opens another one on the store, which works again.</summary>
    private async Task<MessageBroker> ReopenAsync(MessageBroker broker)
    {
        _store.FailCommits(null);
        await broker.DisposeAsync().Soon();
        MessageBroker reopened = await OpenAsync();

        // An opening makes a commit of its own, which a failure on command is not meant for.
        await reopened.WhenIdleAsync().Soon();
        return reopened;
    }

    private static async Task<List<int>> DrainAsync(MessageBroker broker)
    {
        var bodies = new List<int>();
        await using IConsumer<int> consumer = broker.Queue("orders").Consumer<int>();
        await broker.WhenIdleAsync().Soon();
        while (consumer.TryReceive(out Delivery<int> delivery))
        {
            bodies.Add(delivery.Body);
            await delivery.AckAsync().Soon();
            await broker.WhenIdleAsync().Soon();
        }

        return bodies;
    }

    private async Task<MessageBroker> OpenAsync()
    {
        MessageBroker broker = await MessageBroker.OpenAsync(_store, new BrokerOptions { TimeProvider = _time }).Soon();
        _brokers.Add(broker);
        return broker;
    }
}
