namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 4: a delivery is held under a lease, and its token fences off whoever lost it.</summary>
public sealed class LeaseTests
{
    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);
    private static readonly QueueOptions _atOnce = new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero) };
    private static readonly ConsumerOptions _tenSeconds = new() { LeaseDuration = _lease };

    [Theory, EveryStore]
    public async Task Lease_Expired_HandsTheMessageToAnotherConsumer(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        Delivery<int> first = await queue.Consumer<int>(_tenSeconds).NextAsync();
        IConsumer<int> other = queue.Consumer<int>(_tenSeconds);

        await harness.AdvanceAsync(_lease - _tick);
        await harness.ShouldBeEmptyAsync(other, "before the lease ends");
        await harness.AdvanceAsync(_tick);

        Delivery<int> second = await other.NextAsync();
        second.MessageId.Should().Be(first.MessageId);
        (second.Attempt, second.Failures).Should().Be((2, 1));
        second.Token.Epoch.Should().Be(first.Token.Epoch);
        second.Token.Number.Should().BeGreaterThan(first.Token.Number);
        queue.Statistics.Should().Be(new SubscriptionStatistics { Leased = 1, Delivered = 2, Redelivered = 1 });
    }

    [Theory, EveryStore]
    public async Task Settle_AfterExpiry_ReturnsLeaseLostAndChangesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        IConsumer<int> consumer = queue.Consumer<int>(_tenSeconds);
        Delivery<int> stale = await consumer.NextAsync();
        await harness.AdvanceAsync(_lease);
        Delivery<int> current = await consumer.NextAsync();

        (await stale.AckAsync().Soon()).Should().Be(Settlement.LeaseLost);
        (await stale.NackAsync().Soon()).Should().Be(Settlement.LeaseLost);
        (await stale.DeadLetterAsync("late").Soon()).Should().Be(Settlement.LeaseLost);
        stale.Extend(TimeSpan.FromDays(1)).Should().Be(Settlement.LeaseLost);

        await harness.SettleAsync();
        queue.Statistics.Should().Be(new SubscriptionStatistics { Leased = 1, Delivered = 2, Redelivered = 1 });
        current.LeaseLost.IsCancellationRequested.Should().BeFalse("the stale settles concern another delivery");
        (await current.AckAsync().Soon()).Should().Be(Settlement.Acked);
        queue.Statistics.Acked.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Ack_OneTickBeforeExpiry_IsInTime(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        Delivery<int> delivery = await queue.Consumer<int>(_tenSeconds).NextAsync();
        await harness.AdvanceAsync(_lease - _tick);

        (await delivery.AckAsync().Soon()).Should().Be(Settlement.Acked);

        await harness.AdvanceAsync(_lease);
        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = 1, Delivered = 1 });
    }

    [Theory, EveryStore]
    public async Task LeaseLost_AtExpiry_IsCancelled(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        Delivery<int> delivery = await queue.Consumer<int>(_tenSeconds).NextAsync();
        CancellationToken lost = delivery.LeaseLost;
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = lost.Register(heard.SetResult);

        await harness.AdvanceAsync(_lease - _tick);
        lost.IsCancellationRequested.Should().BeFalse();
        await harness.AdvanceAsync(_tick);

        await heard.Task.Soon();
        lost.IsCancellationRequested.Should().BeTrue();
        delivery.LeaseLost.IsCancellationRequested.Should().BeTrue("a token asked for later is cancelled already");
    }

    [Theory, EveryStore]
    public async Task Extend_InTime_MovesTheEnd(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        IConsumer<int> consumer = queue.Consumer<int>(_tenSeconds);
        Delivery<int> delivery = await consumer.NextAsync();
        await harness.AdvanceAsync(TimeSpan.FromSeconds(8));

        delivery.Extend(_lease).Should().Be(Settlement.Extended);

        await harness.AdvanceAsync(_lease - _tick);
        delivery.LeaseLost.IsCancellationRequested.Should().BeFalse();
        await harness.ShouldBeEmptyAsync(consumer, "before the extended lease ends");
        await harness.AdvanceAsync(_tick);
        delivery.LeaseLost.IsCancellationRequested.Should().BeTrue();
        (await consumer.NextAsync()).Attempt.Should().Be(2);
    }

    [Theory, EveryStore]
    public async Task Extend_ToAnEarlierEnd_MovesItForward(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        IConsumer<int> consumer = queue.Consumer<int>(_tenSeconds);
        Delivery<int> delivery = await consumer.NextAsync();

        delivery.Extend(TimeSpan.FromSeconds(1)).Should().Be(Settlement.Extended);

        await harness.AdvanceAsync(TimeSpan.FromSeconds(1) - _tick);
        await harness.ShouldBeEmptyAsync(consumer);
        await harness.AdvanceAsync(_tick);
        (await consumer.NextAsync()).Attempt.Should().Be(2);
    }

    [Theory, EveryStore]
    public async Task Prefetched_ForHours_NeverExpires(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", _atOnce);
        IConsumer<int> consumer = queue.Consumer<int>(new() { LeaseDuration = _lease, Prefetch = 10 });
        await SendAsync(queue, 5);
        await harness.AdvanceAsync(TimeSpan.FromHours(5));

        for (int i = 1; i <= 5; i++)
        {
            Delivery<int> delivery = await consumer.NextAsync();
            (delivery.Body, delivery.Attempt, delivery.Failures).Should().Be((i, 1, 0));
            await harness.AdvanceAsync(_lease - _tick);
            (await delivery.AckAsync().Soon()).Should().Be(Settlement.Acked, "the lease began when the message was handed over");
        }

        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = 5, Delivered = 5 });
    }

    [Theory, EveryStore]
    public async Task ConsumerDispose_LeasedMessages_ReturnWithoutAFailure(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 3);
        IConsumer<int> consumer = queue.Consumer<int>(_tenSeconds);
        Delivery<int> delivery = await consumer.NextAsync();

        await consumer.DisposeAsync().Soon();

        delivery.LeaseLost.IsCancellationRequested.Should().BeTrue();
        (await delivery.AckAsync().Soon()).Should().Be(Settlement.LeaseLost);
        await harness.SettleAsync();
        queue.Statistics.Should().Be(new SubscriptionStatistics { Ready = 3, Delivered = 1 });
        IConsumer<int> other = queue.Consumer<int>();
        List<Delivery<int>> all = [await other.NextAsync(), await other.NextAsync(), await other.NextAsync()];
        all.Select(d => d.Body).Should().BeEquivalentTo([1, 2, 3]);
        all.Should().OnlyContain(d => d.Failures == 0);
        all.Single(d => d.Body == 1).Attempt.Should().Be(2);
    }

    [Theory, EveryStore]
    public async Task ConsumerDispose_OtherConsumersLeases_AreUntouched(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 2);
        IConsumer<int> gone = queue.Consumer<int>();
        Delivery<int> kept = await queue.Consumer<int>().NextAsync();
        await gone.NextAsync();

        await gone.DisposeAsync().Soon();

        kept.LeaseLost.IsCancellationRequested.Should().BeFalse();
        (await kept.AckAsync().Soon()).Should().Be(Settlement.Acked);
    }

    [Theory, ReopeningStores]
    public async Task Token_AfterReopen_IsOfAGreaterEpoch(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);
        Delivery<int> before = await queue.Consumer<int>().NextAsync();

        await harness.ReopenAsync();

        Delivery<int> after = await harness.Broker.Queue("orders").Consumer<int>().NextAsync();
        after.MessageId.Should().Be(before.MessageId);
        after.Token.Epoch.Should().BeGreaterThan(before.Token.Epoch);
        (after.Attempt, after.Failures).Should().Be((2, 0), "an orderly stop is no failure of the message");
        before.LeaseLost.IsCancellationRequested.Should().BeTrue();
        (await before.AckAsync().Soon()).Should().Be(Settlement.LeaseLost);
        (await after.AckAsync().Soon()).Should().Be(Settlement.Acked);
    }

    [Theory, EveryStore]
    public async Task Leases_OfDifferentLengths_EndEachAtItsOwnTime(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 3);
        int[] seconds = [30, 10, 20];
        var deliveries = new List<Delivery<int>>();
        foreach (int length in seconds)
        {
            deliveries.Add(await queue.Consumer<int>(new() { LeaseDuration = TimeSpan.FromSeconds(length) }).NextAsync());
        }

        for (int now = 1; now <= 30; now++)
        {
            await harness.AdvanceAsync(TimeSpan.FromSeconds(1));
            deliveries.Select(d => d.LeaseLost.IsCancellationRequested).Should().Equal(seconds.Select(s => s <= now), $"{now} s have passed");
        }
    }

    private static async Task<IQueue> QueueOfAsync(BrokerHarness harness, int count)
    {
        IQueue queue = harness.Broker.Queue("orders", _atOnce);
        await SendAsync(queue, count);
        return queue;
    }

    private static Task<IReadOnlyList<Receipt>> SendAsync(IQueue queue, int count) =>
        queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, count).Select(i => new Message<int>(i))]).Soon();
}
