namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 9: a durable subscription keeps its place, is shared by name, and goes when told to.</summary>
public sealed class SubscriptionTests
{
    [Theory, EveryStore]
    public async Task Subscription_ThatWasAway_CatchesUp(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription billing = await harness.Broker.SubscribeAsync("orders", "billing").Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendAsync(0).Soon();
        (await harness.DrainAsync<int>(billing)).Should().Equal(0);

        for (int i = 1; i <= 1_000; i++)
        {
            await producer.SendAsync(i).Soon();
        }

        (await harness.DrainAsync<int>(billing)).Should().Equal(Enumerable.Range(1, 1_000));
    }

    [Theory, ReopeningStores]
    public async Task Subscription_ThatWasAwayAcrossReopen_CatchesUp(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription billing = await harness.Broker.SubscribeAsync("orders", "billing").Soon();
        await harness.Broker.Topic("orders").Producer<int>().SendBatchAsync([new(1), new(2), new(3)]).Soon();
        IConsumer<int> consumer = billing.Consumer<int>();
        await (await consumer.NextAsync()).AckAsync().Soon();

        await harness.ReopenAsync();
        await harness.Broker.Topic("orders").Producer<int>().SendAsync(4).Soon();
        await harness.ReopenAsync();
        await harness.Broker.Topic("orders").Producer<int>().SendAsync(5).Soon();

        ISubscription again = await harness.Broker.SubscribeAsync("orders", "billing").Soon();
        (await harness.DrainAsync<int>(again)).Should().Equal(2, 3, 4, 5);
    }

    [Theory, ReopeningStores]
    public async Task Subscriptions_AfterReopen_AreListedAndUsable(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.SubscribeAsync("orders.#", "billing").Soon();
        await harness.Broker.SubscribeAsync("*", "audit").Soon();
        await harness.Broker.Topic("orders").Producer<int>().SendAsync(1).Soon();

        await harness.ReopenAsync();

        harness.Broker.Subscriptions.Select(s => (s.Name, s.Pattern)).Should().BeEquivalentTo([("billing", "orders.#"), ("audit", "*")]);
        foreach (ISubscription subscription in harness.Broker.Subscriptions)
        {
            (await harness.DrainAsync<int>(subscription)).Should().Equal(1);
        }
    }

    [Theory, EveryStore]
    public async Task Subscribe_New_ReceivesOnlyWhatComesAfter(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.SubscribeAsync("orders", "early").Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendAsync(1).Soon();

        ISubscription late = await harness.Broker.SubscribeAsync("orders", "late").Soon();
        await producer.SendAsync(2).Soon();

        (await harness.DrainAsync<int>(late)).Should().Equal(2);
    }

    [Theory, EveryStore]
    public async Task Subscribe_SameNameAndPattern_SharesTheMessages(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription one = await harness.Broker.SubscribeAsync("orders.*", "billing").Soon();
        ISubscription two = await harness.Broker.SubscribeAsync("orders.*", "billing").Soon();
        harness.Broker.Subscriptions.Should().ContainSingle();
        await harness.Broker.Topic("orders.eu").Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();

        Delivery<int> first = await one.Consumer<int>().NextAsync();
        Delivery<int> second = await two.Consumer<int>().NextAsync();

        (first.Body, second.Body).Should().Be((1, 2));
        await first.AckAsync().Soon();
        await second.AckAsync().Soon();
        (await harness.DrainAsync<int>(one)).Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task Subscribe_SameNameOtherPattern_ThrowsAndChangesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription billing = await harness.Broker.SubscribeAsync("orders.*", "billing").Soon();

        InvalidOperationException error = (await FluentActions
            .Awaiting(() => harness.Broker.SubscribeAsync("orders.#", "billing").Soon())
            .Should().ThrowAsync<InvalidOperationException>()).Which;

        error.Message.Should().Contain("billing").And.Contain("orders.*").And.Contain("orders.#");
        harness.Broker.Subscriptions.Single().Pattern.Should().Be("orders.*");
        await harness.Broker.Topic("orders").Producer<int>().SendAsync(1).Soon();
        await harness.Broker.Topic("orders.eu").Producer<int>().SendAsync(2).Soon();
        (await harness.DrainAsync<int>(billing)).Should().Equal(2);
    }

    [Theory, EveryStore]
    public async Task Subscribe_AtOnceFromManyThreads_CreatesOne(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);

        ISubscription[] all = await Task.WhenAll(Enumerable.Range(0, 16)
            .Select(_ => Task.Run(() => harness.Broker.SubscribeAsync("orders", "billing").AsTask()))).Soon();

        harness.Broker.Subscriptions.Should().ContainSingle();
        await harness.Broker.Topic("orders").Producer<int>().SendAsync(1).Soon();
        (await harness.DrainAsync<int>(all[3])).Should().Equal(1);
        (await harness.DrainAsync<int>(all[7])).Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task Unsubscribe_Existing_IsTrueOnceAndForgetsAll(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription billing = await harness.Broker.SubscribeAsync("orders", "billing").Soon();
        ISubscription audit = await harness.Broker.SubscribeAsync("orders", "audit").Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendBatchAsync([new(1), new(2)]).Soon();
        await using (IConsumer<int> consumer = billing.Consumer<int>())
        {
            await (await consumer.NextAsync()).DeadLetterAsync("no").Soon();
        }

        (await harness.Broker.UnsubscribeAsync("billing").Soon()).Should().BeTrue();
        (await harness.Broker.UnsubscribeAsync("billing").Soon()).Should().BeFalse();

        harness.Broker.Subscriptions.Select(s => s.Name).Should().Equal("audit");
        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
            harness.Broker.Subscriptions.Select(s => s.Name).Should().Equal("audit");
            audit = harness.Broker.Subscriptions.Single();
        }

        ISubscription again = await harness.Broker.SubscribeAsync("orders", "billing").Soon();
        again.DeadLetters.Count.Should().Be(0);
        await harness.Broker.Topic("orders").Producer<int>().SendAsync(3).Soon();
        (await harness.DrainAsync<int>(again)).Should().Equal(3);
        (await harness.DrainAsync<int>(audit)).Should().Equal(1, 2, 3);
    }

    [Theory, EveryStore]
    public async Task Unsubscribe_WhileAConsumerWaits_EndsTheWait(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription billing = await harness.Broker.SubscribeAsync("orders", "billing").Soon();
        Task waiting = billing.Consumer<int>().NextAsync();

        await harness.Broker.UnsubscribeAsync("billing").Soon();

        await FluentActions.Awaiting(() => waiting.Soon()).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Theory, EveryStore]
    public async Task Unsubscribe_WhileAMessageIsHeld_ItsSettlementIsLate(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription billing = await harness.Broker.SubscribeAsync("orders", "billing").Soon();
        await harness.Broker.Topic("orders").Producer<int>().SendAsync(1).Soon();
        Delivery<int> held = await billing.Consumer<int>().NextAsync();

        await harness.Broker.UnsubscribeAsync("billing").Soon();

        held.LeaseLost.IsCancellationRequested.Should().BeTrue();
        (await held.AckAsync().Soon()).Should().Be(Settlement.LeaseLost);
    }

    [Theory, EveryStore]
    public async Task Pause_OfOneSubscription_LeavesTheOthers(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription one = await harness.Broker.SubscribeAsync("orders", "one").Soon();
        ISubscription two = await harness.Broker.SubscribeAsync("orders", "two").Soon();
        one.Pause();
        await harness.Broker.Topic("orders").Producer<int>().SendAsync(1).Soon();

        (await harness.DrainAsync<int>(one)).Should().BeEmpty();
        (await harness.DrainAsync<int>(two)).Should().Equal(1);
        one.Resume();
        (await harness.DrainAsync<int>(one)).Should().Equal(1);
    }

    [Theory, EveryStore]
    public async Task Handler_OnASubscription_RetriesAndDeadLettersThere(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription billing = await harness.Broker
            .SubscribeAsync("orders", "billing", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero, maxFailures: 3) }).Soon();
        int calls = 0;
        await using IWorker worker = billing.Handle<int>((_, _) => ++calls > 0 ? throw new InvalidTimeZoneException() : default);

        await harness.Broker.Topic("orders").Producer<int>().SendAsync(1).Soon();

        await HangGuard.UntilAsync(() => billing.DeadLetters.Count == 1);
        calls.Should().Be(3);
    }
}
