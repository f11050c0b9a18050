namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 11 for options and arguments: out of range or in conflict is refused, and nothing changes.</summary>
public sealed class BadOptionTests
{
    private static readonly TimeSpan[] _badDelays =
        [TimeSpan.FromTicks(-1), TimeSpan.MinValue, TimeSpan.FromDays(3_650) + TimeSpan.FromTicks(1), TimeSpan.MaxValue, Timeout.InfiniteTimeSpan];

    private static readonly TimeSpan[] _badLeases =
        [TimeSpan.Zero, TimeSpan.FromMilliseconds(1) - TimeSpan.FromTicks(1), TimeSpan.FromDays(7) + TimeSpan.FromTicks(1), TimeSpan.MaxValue, TimeSpan.MinValue];

    [Fact]
    public void Options_OutOfRange_AreRefusedByName()
    {
        foreach (TimeSpan bad in _badDelays)
        {
            ShouldRefuse(() => new SendOptions { Delay = bad }, "Delay");
            ShouldRefuse(() => new HandlerOptions { ShutdownTimeout = bad }, "ShutdownTimeout");
            ShouldRefuse(() => RetryPolicy.Fixed(bad), "delay");
            ShouldRefuse(() => RetryPolicy.Schedule(TimeSpan.Zero, bad), "delays");
            ShouldRefuse(() => RetryPolicy.Exponential(bad, TimeSpan.FromDays(1)), "first");
        }

        foreach (TimeSpan bad in _badLeases)
        {
            ShouldRefuse(() => new ConsumerOptions { LeaseDuration = bad }, "LeaseDuration");
            ShouldRefuse(() => new HandlerOptions { LeaseDuration = bad }, "LeaseDuration");
            ShouldRefuse(() => new HandlerOptions { MaxProcessingTime = bad }, "MaxProcessingTime");
        }

        foreach (int bad in (int[])[0, -1, int.MinValue])
        {
            ShouldRefuse(() => new ConsumerOptions { Prefetch = bad }, "Prefetch");
            ShouldRefuse(() => new HandlerOptions { Prefetch = bad }, "Prefetch");
            ShouldRefuse(() => new HandlerOptions { Concurrency = bad }, "Concurrency");
            ShouldRefuse(() => new QueueOptions { Capacity = bad }, "Capacity");
            ShouldRefuse(() => new TopicOptions { Capacity = bad }, "Capacity");
            ShouldRefuse(() => new QueueOptions { DeadLetterCapacity = bad }, "DeadLetterCapacity");
            ShouldRefuse(() => new BrokerOptions { MaxBodyBytes = bad }, "MaxBodyBytes");
            ShouldRefuse(() => RetryPolicy.Fixed(TimeSpan.Zero, bad), "maxFailures");
        }

        ShouldRefuse(() => new HandlerOptions { Concurrency = 1_025 }, "Concurrency");
        ShouldRefuse(() => new ConsumerOptions { Prefetch = 65_537 }, "Prefetch");
        ShouldRefuse(() => new ConsumerOptions { AckMode = AckMode.OnReturn }, "AckMode");
        ShouldRefuse(() => new HandlerOptions { AckMode = (AckMode)9 }, "AckMode");
        ShouldRefuse(() => new QueueOptions { FullMode = (FullMode)9 }, "FullMode");
        ShouldRefuse(() => new TopicOptions { FullMode = FullMode.DropOldest }, "FullMode");
        ShouldRefuse(() => new QueueOptions { Durability = (Durability)9 }, "Durability");
        ShouldRefuse(() => new BrokerOptions { MaxHeaders = -1 }, "MaxHeaders");
        ShouldRefuse(() => new BrokerOptions { MaxHeaderBytes = -1 }, "MaxHeaderBytes");
        ShouldRefuse(() => new BrokerOptions { MaxScheduled = -1 }, "MaxScheduled");
        ShouldRefuse(() => new BrokerOptions { DeduplicationWindow = -1 }, "DeduplicationWindow");
        ShouldRefuse(() => RetryPolicy.Exponential(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(1)), "max");
        ShouldRefuse(() => RetryPolicy.Exponential(TimeSpan.Zero, TimeSpan.FromSeconds(1), double.NaN), "factor");
        ShouldRefuse(() => RetryPolicy.Exponential(TimeSpan.Zero, TimeSpan.FromSeconds(1), 0.5), "factor");
    }

    [Theory, EveryStore]
    public async Task Nack_DelayOutOfRange_IsRefusedAndTheDeliveryIsStillHeld(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await queue.Consumer<int>().NextAsync();

        foreach (TimeSpan bad in _badDelays)
        {
            await delivery.Awaiting(d => d.NackAsync(bad).Soon()).Should().ThrowAsync<ArgumentOutOfRangeException>();
        }

        foreach (TimeSpan bad in _badLeases)
        {
            delivery.Invoking(d => d.Extend(bad)).Should().Throw<ArgumentOutOfRangeException>();
        }

        queue.Statistics.Leased.Should().Be(1);
        (await delivery.AckAsync().Soon()).Should().Be(Settlement.Acked);
    }

    [Theory, EveryStore]
    public async Task ReceiveBatch_ArgumentsOutOfRange_AreRefusedAndNothingIsTaken(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();

        foreach (int bad in (int[])[0, -1, 65_537])
        {
            await consumer.Awaiting(c => c.ReceiveBatchAsync(bad, TimeSpan.Zero).Soon()).Should().ThrowAsync<ArgumentOutOfRangeException>();
        }

        foreach (TimeSpan bad in (TimeSpan[])[TimeSpan.FromTicks(-1), TimeSpan.MinValue, TimeSpan.FromSeconds(-1)])
        {
            await consumer.Awaiting(c => c.ReceiveBatchAsync(1, bad).Soon()).Should().ThrowAsync<ArgumentOutOfRangeException>();
        }

        queue.Statistics.Should().Be(new SubscriptionStatistics { Ready = 1 });
        (await consumer.NextAsync()).Attempt.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Queue_InUseWithOtherOptions_IsRefusedAndKeepsItsOwn(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var options = new QueueOptions { Capacity = 1, FullMode = FullMode.Refuse };
        IQueue queue = harness.Broker.Queue("orders", options);
        await queue.Producer<int>().SendAsync(1).Soon();

        harness.Broker.Invoking(b => b.Queue("orders", options with { Capacity = 5 }))
            .Should().Throw<InvalidOperationException>().WithMessage("*orders*");

        harness.Broker.Queue("orders", options with { }).Name.Should().Be("orders", "equal options are no conflict");
        harness.Broker.Queue("orders").Name.Should().Be("orders", "no options mean those in force");
        await queue.Producer<int>().Awaiting(p => p.SendAsync(2).Soon()).Should().ThrowAsync<QueueFullException>();
    }

    [Theory, EveryStore]
    public async Task Topic_InUseWithOtherOptions_IsRefused(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var options = new TopicOptions { Capacity = 5 };
        await harness.Broker.Topic("orders", options).Producer<int>().SendAsync(1).Soon();

        harness.Broker.Invoking(b => b.Topic("orders", options with { Capacity = 6 }))
            .Should().Throw<InvalidOperationException>().WithMessage("*orders*");

        harness.Broker.Topic("orders", options).Name.Should().Be("orders");
    }

    [Theory, EveryStore]
    public async Task Subscription_InUseWithOtherOptions_IsRefused(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var options = new SubscriptionOptions { DeadLetterCapacity = 5 };
        ISubscription billing = await harness.Broker.SubscribeAsync("orders", "billing", options).Soon();
        await using IConsumer<int> consumer = billing.Consumer<int>();

        (await harness.Broker.Awaiting(b => b.SubscribeAsync("orders", "billing", options with { DeadLetterCapacity = 6 }).Soon())
            .Should().ThrowAsync<InvalidOperationException>()).WithMessage("*billing*");

        (await harness.Broker.SubscribeAsync("orders", "billing", options).Soon()).Name.Should().Be("billing");
    }

    [Theory, EveryStore]
    public async Task Durability_MoreThanTheStoreOffers_IsRefusedAndNothingIsCreated(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        foreach (Durability durability in Enum.GetValues<Durability>().Where(d => d > harness.BestDurability))
        {
            harness.Broker.Invoking(b => b.Queue("orders", new() { Durability = durability }))
                .Should().Throw<ArgumentException>().WithMessage($"*{durability}*{harness.BestDurability}. Ask for that at most*");
            harness.Broker.Invoking(b => b.Topic("orders", new() { Durability = durability }))
                .Should().Throw<ArgumentException>().WithMessage($"*{durability}*{harness.BestDurability}. Ask for that at most*");
        }

        Receipt receipt = await harness.Broker.Queue("orders", new() { Durability = harness.BestDurability }).Producer<int>().SendAsync(1).Soon();
        receipt.Durability.Should().Be(harness.BestDurability);
    }

    private static void ShouldRefuse(Func<object> create, string name)
    {
        ArgumentOutOfRangeException error = create.Should().Throw<ArgumentOutOfRangeException>().Which;
        error.ParamName.Should().Be(name);
        error.Message.Should().Contain("must be", "it names the rule");
        error.ActualValue.Should().NotBeNull("it names the value");
    }
}
