namespace Messaging.Specification.Tests.Broker;

/// <summary>The backlog limit that suspends: the subscription keeps what it has, and what comes then passes it by.</summary>
public sealed class BacklogSuspendTests
{
    private static readonly SubscriptionOptions _options = new() { Backlog = new() { MaxMessages = 2, Action = BacklogAction.Suspend } };

    [Theory, EveryStore]
    public async Task Suspend_MaxMessagesReached_KeepsWhatItHasAndMissesTheRestUntilResumed(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", _options).Soon();
        ISubscription quick = await harness.Broker.SubscribeAsync("orders", "quick").Soon();

        await SendAsync(harness, 1, 5);

        await harness.SettleAsync();
        (slow.IsSuspended, slow.Statistics.Ready, slow.Statistics.Missed).Should().Be((true, 2, 3));
        (await harness.DrainAsync<int>(quick)).Should().Equal(1, 2, 3, 4, 5);
        (await harness.DrainAsync<int>(slow)).Should().Equal(1, 2);
        slow.IsSuspended.Should().BeTrue("room alone does not end it");
        slow.Resume();
        await harness.SettleAsync();
        await SendAsync(harness, 6, 6);
        (await harness.DrainAsync<int>(slow)).Should().Equal(6);
        slow.IsSuspended.Should().BeFalse();
    }

    [Theory, EveryStore]
    public async Task Suspend_LimitReached_LogsTheOptionItsValueAndTheWayOut(StoreKind store)
    {
        var log = new RecordingLog();
        await using (var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log }))
        {
            var limit = new BacklogLimit { MaxMessages = 1_000, MaxBytes = 20, MaxAge = TimeSpan.FromHours(1), Action = BacklogAction.Suspend };
            await harness.Broker.SubscribeAsync("orders", "slow", new() { Backlog = limit }).Soon();
            await SendAsync(harness, 1, 40);
            await harness.SettleAsync();
        }

        log.Lines.Should().ContainSingle(line => line.Contains("suspended")).Which.Should().Be(
            "Warning: slow is suspended: it keeps its messages and collects no new ones. "
            + "Limit reached: MaxMessages = 1,000, MaxBytes = 20, MaxAge = 01:00:00. "
            + "Call Resume to collect again, or raise the limit in SubscriptionOptions.Backlog.");
    }

    [Theory, ReopeningStores]
    public async Task Suspend_AfterReopen_StaysUntilResumed(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.SubscribeAsync("orders", "slow", _options).Soon();
        await SendAsync(harness, 1, 4);
        await harness.SettleAsync();

        await harness.ReopenAsync();

        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", _options).Soon();
        slow.IsSuspended.Should().BeTrue();
        await SendAsync(harness, 5, 5);
        (await harness.DrainAsync<int>(slow)).Should().Equal([1, 2], "what came while it was suspended passed it by");
        slow.Resume();
        await harness.SettleAsync();
        await SendAsync(harness, 6, 6);
        (await harness.DrainAsync<int>(slow)).Should().Equal(6);
    }

    [Theory, ReopeningStores]
    public async Task Suspend_NothingIsLeftOfItsBacklog_PinsNothingInTheStore(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow", _options).Soon();
        await SendAsync(harness, 1, 40);
        (await harness.DrainAsync<int>(slow)).Should().Equal(1, 2);

        (await harness.CountStoredRecordsAsync()).Should().Be(0);
    }

    [Theory, ReopeningStores]
    public async Task Unsubscribe_IdleSubscription_IsFoundByItsActivityAndFreesWhatItPinned(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.SubscribeAsync("orders", "vanished").Soon();
        ISubscription used = await harness.Broker.SubscribeAsync("orders", "used").Soon();
        await SendAsync(harness, 1, 3);
        await harness.AdvanceAsync(TimeSpan.FromDays(8));
        await using IConsumer<int> consumer = used.Consumer<int>();
        await (await consumer.NextAsync()).AckAsync().Soon();
        DateTimeOffset weekAgo = harness.Time.GetUtcNow() - TimeSpan.FromDays(7);

        ISubscription[] idle = [.. harness.Broker.Subscriptions.Where(s => s.OpenConsumers == 0 && s.LastActivity < weekAgo)];

        idle.Select(s => s.Name).Should().Equal("vanished");
        (await harness.Broker.UnsubscribeAsync("vanished").Soon()).Should().BeTrue();
        await (await consumer.NextAsync()).AckAsync().Soon();
        await (await consumer.NextAsync()).AckAsync().Soon();
        (await harness.CountStoredRecordsAsync()).Should().Be(0);
    }

    private static async Task SendAsync(BrokerHarness harness, int first, int last)
    {
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        for (int number = first; number <= last; number++)
        {
            await producer.SendAsync(number).Soon();
        }
    }
}
