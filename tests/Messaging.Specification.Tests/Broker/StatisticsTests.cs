namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 10 and the accounting: at any moment the counts explain every message that was sent.</summary>
public sealed class StatisticsTests
{
    [Theory, EveryStore]
    public async Task Statistics_AfterEveryKindOfStep_AddUp(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        queue.Statistics.Should().Be(default(SubscriptionStatistics));
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, 10).Select(i => new Message<int>(i))]).Soon();
        await queue.Producer<int>().SendBatchAsync(
            [.. Enumerable.Range(11, 3).Select(i => new Message<int>(i, new() { Delay = TimeSpan.FromHours(1) }))]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();

        await (await consumer.NextAsync()).AckAsync().Soon();
        await (await consumer.NextAsync()).NackAsync(TimeSpan.FromMinutes(1)).Soon();
        await (await consumer.NextAsync()).DeadLetterAsync("no").Soon();
        await consumer.NextAsync();
        await consumer.NextAsync();

        await harness.SettleAsync();
        queue.Statistics.Should().Be(new SubscriptionStatistics
        {
            Ready = 5, Leased = 2, Scheduled = 3, Waiting = 1, Dead = 1, Acked = 1, Delivered = 5,
        });
        await harness.AdvanceAsync(TimeSpan.FromHours(1));
        SubscriptionStatistics later = queue.Statistics;
        (later.Ready + later.Leased + later.Waiting + later.Dead + later.Acked).Should().Be(13, "nothing is lost on the way");
        later.Scheduled.Should().Be(0);
    }

    [Theory, ReopeningStores]
    public async Task Statistics_AfterReopen_TellWhatIsThere(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, 10).Select(i => new Message<int>(i))]).Soon();
        await queue.Producer<int>().SendAsync(11, new() { Delay = TimeSpan.FromHours(1) }).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        await (await consumer.NextAsync()).AckAsync().Soon();
        await (await consumer.NextAsync()).NackAsync(TimeSpan.FromMinutes(1)).Soon();
        await (await consumer.NextAsync()).DeadLetterAsync("no").Soon();
        await consumer.NextAsync();

        await harness.ReopenAsync();

        await harness.SettleAsync();
        harness.Broker.Queue("orders").Statistics.Should().Be(new SubscriptionStatistics
        {
            Ready = 7, Scheduled = 1, Waiting = 1, Dead = 1,
        });
    }

    [Theory, EveryStore]
    public async Task Statistics_OfATopicsSubscriptions_AreEachItsOwn(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription one = await harness.Broker.SubscribeAsync("orders.#", "one").Soon();
        ISubscription two = await harness.Broker.SubscribeAsync("orders.eu", "two").Soon();
        await harness.Broker.Topic("orders.eu").Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        await harness.Broker.Topic("orders.us").Producer<int>().SendAsync(3).Soon();

        IConsumer<int> consumer = one.Consumer<int>();
        await (await consumer.NextAsync()).AckAsync().Soon();
        await consumer.NextAsync();

        await harness.SettleAsync();
        one.Statistics.Should().Be(new SubscriptionStatistics { Ready = 1, Leased = 1, Acked = 1, Delivered = 2 });
        two.Statistics.Should().Be(new SubscriptionStatistics { Ready = 2 });
    }

    [Theory, EveryStore]
    public async Task Statistics_WhileManyThreadsWork_EndInARest(StoreKind store)
    {
        const int Count = 2_000;
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero, 2) });
        int calls = 0;
        await using (queue.Handle<int>(
            (delivery, _) =>
            {
                Interlocked.Increment(ref calls);
                // Every tenth message fails once, every hundredth twice, which is the limit.
                bool fails = delivery.Body % 100 == 0 || (delivery.Body % 10 == 0 && delivery.Failures == 0);
                return fails ? throw new InvalidTimeZoneException() : ValueTask.CompletedTask;
            },
            new() { Concurrency = 8 }))
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(t => Task.Run(() => Task.WhenAll(
                Enumerable.Range(0, Count / 4).Select(i => queue.Producer<int>().SendAsync((i * 4) + t).AsTask()))))).Soon();
            await HangGuard.UntilAsync(() => queue.Statistics is { Acked: Count - 20, Dead: 20 });
        }

        await harness.SettleAsync();
        calls.Should().Be(Count + 200);
        queue.Statistics.Should().Be(new SubscriptionStatistics
        {
            Acked = Count - 20, Dead = 20, Delivered = Count + 200, Redelivered = 200,
        });
    }
}
