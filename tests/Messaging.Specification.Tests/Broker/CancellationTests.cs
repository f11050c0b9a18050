namespace Messaging.Specification.Tests.Broker;

/// <summary>Cancellation before, during and after each call, and what it leaves behind.</summary>
public sealed class CancellationTests : IDisposable
{
    private static readonly CancellationToken _cancelled = new(canceled: true);
    private readonly CancellationTokenSource _source = new();

    [Theory, EveryStore]
    public async Task Send_CancelledBefore_SendsNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IProducer<int> producer = queue.Producer<int>();

        await ShouldCancelAsync(() => producer.SendAsync(1, cancellationToken: _cancelled).Soon());
        await ShouldCancelAsync(() => producer.SendAsync(1, new() { Delay = TimeSpan.FromDays(1) }, _cancelled).Soon());
        await ShouldCancelAsync(() => producer.SendBatchAsync([new(1), new(2)], _cancelled).Soon());

        await harness.SettleAsync();
        queue.Statistics.Should().Be(default(SubscriptionStatistics));
        (await producer.SendAsync(3).Soon()).Sequence.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Send_CancelledWhileItWaitsForRoom_SendsNothingAndLetsTheNextPass(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Capacity = 1 });
        IProducer<int> producer = queue.Producer<int>();
        await producer.SendAsync(1).Soon();
        Task waiting = producer.SendAsync(2, cancellationToken: _source.Token).AsTask();
        Task batch = producer.SendBatchAsync([new(3)], _source.Token).AsTask();
        Task<Receipt> last = producer.SendAsync(4).AsTask();
        await harness.SettleAsync();

        await _source.CancelAsync();

        await ShouldCancelAsync(() => waiting.Soon());
        await ShouldCancelAsync(() => batch.Soon());
        await harness.SettleAsync();
        last.IsCompleted.Should().BeFalse();
        (await harness.DrainAsync<int>(queue)).First().Should().Be(1);
        await last.Soon();
        queue.Statistics.Acked.Should().BeInRange(1, 2);
        (queue.Statistics.Acked + queue.Statistics.Ready).Should().Be(2, "the cancelled sends left nothing");
    }

    [Theory, EveryStore]
    public async Task Send_CancelledAfter_ChangesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1, cancellationToken: _source.Token).Soon();

        await _source.CancelAsync();

        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
    }

    [Theory, EveryStore]
    public async Task Receive_CancelledBefore_TakesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        await harness.SettleAsync();

        await ShouldCancelAsync(() => consumer.ReceiveAsync(_cancelled).Soon());
        await ShouldCancelAsync(() => consumer.ReceiveBatchAsync(5, Timeout.InfiniteTimeSpan, _cancelled).Soon());
        await ShouldCancelAsync(() => consumer.ReadAllAsync(_cancelled).FirstAsync().Soon());

        queue.Statistics.Should().Be(new SubscriptionStatistics { Ready = 1 });
        (await consumer.NextAsync()).Attempt.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Receive_CancelledWhileItWaits_TakesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IConsumer<int> consumer = queue.Consumer<int>();
        Task[] waits =
        [
            consumer.ReceiveAsync(_source.Token).AsTask(),
            consumer.ReceiveBatchAsync(5, Timeout.InfiniteTimeSpan, _source.Token).AsTask(),
            consumer.ReceiveBatchAsync(5, TimeSpan.FromHours(1), _source.Token).AsTask(),
            consumer.ReadAllAsync(_source.Token).FirstAsync().AsTask(),
        ];
        await harness.SettleAsync();
        waits.Should().OnlyContain(w => !w.IsCompleted);

        await _source.CancelAsync();

        foreach (Task wait in waits)
        {
            await ShouldCancelAsync(() => wait.Soon());
        }

        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await consumer.NextAsync();
        (delivery.Body, delivery.Attempt).Should().Be((1, 1));
    }

    [Theory, EveryStore]
    public async Task Receive_CancelledAfter_KeepsTheLease(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await queue.Consumer<int>().ReceiveAsync(_source.Token).Soon();

        await _source.CancelAsync();

        await harness.SettleAsync();
        delivery.LeaseLost.IsCancellationRequested.Should().BeFalse();
        (await delivery.AckAsync().Soon()).Should().Be(Settlement.Acked);
    }

    [Theory, EveryStore]
    public async Task ReadAll_CancelledInItsMidst_LeasesOnlyWhatItHandedOver(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, 10).Select(i => new Message<int>(i))]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        int received = 0;

        await ShouldCancelAsync(async () =>
        {
            await foreach (Delivery<int> delivery in consumer.ReadAllAsync(_source.Token))
            {
                await delivery.AckAsync().Soon();
                if (++received == 4)
                {
                    await _source.CancelAsync();
                }
            }
        });

        await harness.SettleAsync();
        queue.Statistics.Should().Be(new SubscriptionStatistics { Ready = 6, Acked = 4, Delivered = 4 });
    }

    [Theory, EveryStore]
    public async Task Settle_Cancelled_StandsOrLeavesTheLease(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        Delivery<int> delivery = await consumer.NextAsync();

        try
        {
            (await delivery.AckAsync(_cancelled).Soon()).Should().Be(Settlement.Acked);
        }
        catch (OperationCanceledException)
        {
            // Only the wait ended; what stands is seen below.
        }

        await harness.SettleAsync();
        SubscriptionStatistics after = queue.Statistics;
        (after.Acked + after.Leased).Should().Be(1);
        (await delivery.AckAsync().Soon()).Should().Be(after.Acked == 1 ? Settlement.LeaseLost : Settlement.Acked);
        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = 1, Delivered = 1 });
        await harness.ShouldBeEmptyAsync(consumer);
    }

    [Theory, EveryStore]
    public async Task Subscribe_CancelledBefore_LeavesTheBrokerInOrder(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);

        await ShouldCancelAsync(() => harness.Broker.SubscribeAsync("orders", "billing", cancellationToken: _cancelled).Soon());

        await harness.SettleAsync();
        harness.Broker.Subscriptions.Should().BeEmpty();
        ISubscription billing = await harness.Broker.SubscribeAsync("orders", "billing", cancellationToken: _source.Token).Soon();
        await _source.CancelAsync();
        await harness.Broker.Topic("orders").Producer<int>().SendAsync(1).Soon();
        (await harness.DrainAsync<int>(billing)).Should().Equal(1);
        await ShouldCancelAsync(() => harness.Broker.UnsubscribeAsync("billing", _cancelled).Soon());
        harness.Broker.Subscriptions.Should().ContainSingle();
    }

    [Theory, EveryStore]
    public async Task Cancel_CancelledBefore_LeavesTheMessageScheduled(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        Receipt receipt = await queue.Producer<int>().SendAsync(1, new() { Delay = TimeSpan.FromMinutes(1) }).Soon();

        await ShouldCancelAsync(() => harness.Broker.CancelAsync(receipt.MessageId, _cancelled).Soon());

        await harness.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
    }

    [Theory, EveryStore]
    public async Task DeadLetters_CancelledBeforeOrInTheMidst_LosesNone(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, 5).Select(i => new Message<int>(i))]).Soon();
        await using (IConsumer<int> consumer = queue.Consumer<int>())
        {
            for (int i = 0; i < 5; i++)
            {
                await (await consumer.NextAsync()).DeadLetterAsync("no").Soon();
            }
        }

        await ShouldCancelAsync(() => queue.DeadLetters.PeekAsync(_cancelled).ToListAsync().Soon());
        await ShouldCancelAsync(() => queue.DeadLetters.RedriveAsync(cancellationToken: _cancelled).Soon());
        await ShouldCancelAsync(() => queue.DeadLetters.PurgeAsync(cancellationToken: _cancelled).Soon());
        queue.DeadLetters.Count.Should().Be(5);
        await ShouldCancelAsync(() => queue.DeadLetters.RedriveAsync(
            dead =>
            {
                if (dead.Sequence == 3)
                {
                    _source.Cancel();
                }

                return true;
            },
            _source.Token).Soon());

        await harness.SettleAsync();
        (queue.DeadLetters.Count + queue.Statistics.Ready).Should().Be(5);
        await queue.DeadLetters.RedriveAsync().Soon();
        (await harness.DrainAsync<int>(queue)).Should().BeEquivalentTo([1, 2, 3, 4, 5]);
    }

    [Theory, EveryStore]
    public async Task Flush_CancelledBefore_EndsTheWaitOnly(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Capacity = 1 });
        IProducer<int> producer = queue.Producer<int>();
        await producer.SendAsync(1).Soon();
        Task<Receipt> waiting = producer.SendAsync(2).AsTask();

        Task flush = producer.FlushAsync(_source.Token).AsTask();
        await harness.SettleAsync();
        flush.IsCompleted.Should().BeFalse("a send waits for room");
        await _source.CancelAsync();

        await ShouldCancelAsync(() => flush.Soon());
        await (await queue.Consumer<int>().NextAsync()).AckAsync().Soon();
        (await waiting.Soon()).Sequence.Should().Be(2);
    }

    public void Dispose() => _source.Dispose();

    private static Task ShouldCancelAsync(Func<Task> call) => call.Should().ThrowAsync<OperationCanceledException>();
}
