using System.Text;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 6: what is given up is kept, with its story.</summary>
public sealed class DeadLetterTests
{
    [Theory, EveryStore]
    public async Task DeadLetter_AfterThrowingHandlers_TellsTheWholeStory(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(1), maxFailures: 3) });
        DateTimeOffset sentAt = harness.Time.GetUtcNow();
        await queue.Producer<Order>().SendAsync(new Order(0, "first")).Soon();
        (await harness.DrainAsync<Order>(queue)).Should().ContainSingle();
        Receipt receipt = await queue.Producer<Order>()
            .SendAsync(new Order(7, "Ada"), new() { Headers = new() { ["tenant"] = "north" } }).Soon();
        int calls = 0;
        await using (queue.Handle<Order>((delivery, _) => throw new InvalidTimeZoneException($"call {Interlocked.Increment(ref calls)} fell over")))
        {
            for (int failures = 1; failures < 3; failures++)
            {
                // Of this call: the message may still be waiting from the call before.
                await HangGuard.UntilAsync(() => Volatile.Read(ref calls) == failures && queue.Statistics.Waiting == 1);
                queue.DeadLetters.Count.Should().Be(0, "the limit is three failures");
                await harness.AdvanceAsync(TimeSpan.FromSeconds(1));
            }

            await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1);
        }

        calls.Should().Be(3);
        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
            queue = harness.Broker.Queue("orders");
        }

        DeadLetter dead = (await queue.DeadLetters.PeekAsync().ToListAsync()).Single();
        dead.MessageId.Should().Be(receipt.MessageId);
        dead.Sequence.Should().Be(1);
        dead.Destination.Should().Be("orders");
        dead.OriginalSequence.Should().Be(2);
        dead.Reason.Should().Be(DeadLetterReason.RetriesExhausted);
        dead.Description.Should().Contain("InvalidTimeZoneException").And.Contain("call 3 fell over");
        (dead.Attempts, dead.Failures).Should().Be((3, 3));
        dead.SentAt.Should().Be(sentAt);
        dead.DeadLetteredAt.Should().Be(sentAt + TimeSpan.FromSeconds(2));
        dead.Headers.Should().Equal(new Dictionary<string, string> { ["tenant"] = "north" });
        dead.ReadBody<Order>().Should().Be(new Order(7, "Ada"));
        queue.Statistics.Dead.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task DeadLetter_ByTheConsumer_KeepsItsReason(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(7).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();

        (await (await consumer.NextAsync()).DeadLetterAsync("unknown customer").Soon()).Should().Be(Settlement.DeadLettered);

        await harness.AdvanceAsync(TimeSpan.FromDays(1));
        await harness.ShouldBeEmptyAsync(consumer, "after it was given up");
        DeadLetter dead = (await queue.DeadLetters.PeekAsync().ToListAsync()).Single();
        dead.Reason.Should().Be(DeadLetterReason.Rejected);
        dead.Description.Should().Be("unknown customer");
        (dead.Attempts, dead.Failures).Should().Be((1, 0));
        dead.ReadBody<int>().Should().Be(7);
    }

    [Theory, EveryStore]
    public async Task DeadLetter_AfterNacks_KeepsTheLastReason(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero, maxFailures: 2) });
        await queue.Producer<int>().SendAsync(7).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();

        await (await consumer.NextAsync()).NackAsync(reason: "first").Soon();
        await (await consumer.NextAsync()).NackAsync(reason: "second").Soon();

        DeadLetter dead = (await queue.DeadLetters.PeekAsync().ToListAsync()).Single();
        (dead.Reason, dead.Description).Should().Be((DeadLetterReason.RetriesExhausted, "second"));
    }

    [Theory, EveryStore]
    public async Task DeadLetter_WithAVeryLongReason_IsCapped(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(7).Soon();

        await (await queue.Consumer<int>().NextAsync()).DeadLetterAsync("start " + new string('x', 100_000)).Soon();

        DeadLetter dead = (await queue.DeadLetters.PeekAsync().ToListAsync()).Single();
        dead.Description.Should().StartWith("start xxx");
        dead.Description.Length.Should().BeLessThanOrEqualTo(4_096);
    }

    [Theory, EveryStore]
    public async Task Unreadable_ForAConsumer_IsDeadLetteredAndTheNextOneIsReceived(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Serialize = true });
        byte[] bytes = Encoding.UTF8.GetBytes("{ this is no JSON");
        await queue.Producer<ReadOnlyMemory<byte>>().SendAsync(bytes).Soon();
        await queue.Producer<Order>().SendAsync(new Order(1, "Ada")).Soon();

        (await queue.Consumer<Order>().NextAsync()).Body.Number.Should().Be(1);

        await harness.SettleAsync();
        DeadLetter dead = (await queue.DeadLetters.PeekAsync().ToListAsync()).Single();
        dead.Reason.Should().Be(DeadLetterReason.Unreadable);
        dead.Description.Should().Contain("cannot be read").And.Contain("Order");
        dead.ReadBody<ReadOnlyMemory<byte>>().ToArray().Should().Equal(bytes);
        dead.Invoking(d => d.ReadBody<Order>()).Should().Throw<BodyFormatException>();
        queue.Statistics.Leased.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Unreadable_ForAHandler_IsDeadLetteredAndTheLoopGoesOn(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<string>().SendAsync("abc").Soon();
        await queue.Producer<int>().SendAsync(1).Soon();
        var handled = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);

        await using IWorker worker = queue.Handle<int>((delivery, _) =>
        {
            handled.TrySetResult(delivery.Body);
            return ValueTask.CompletedTask;
        });

        (await handled.Task.Soon()).Should().Be(1);
        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1);
        DeadLetter dead = (await queue.DeadLetters.PeekAsync().ToListAsync()).Single();
        (dead.Reason, dead.OriginalSequence).Should().Be((DeadLetterReason.Unreadable, 1));
        dead.ReadBody<string>().Should().Be("abc");
    }

    [Theory, EveryStore]
    public async Task Peek_AnyNumberOfTimes_ChangesAndCountsNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfDeadAsync(harness, 5);
        SubscriptionStatistics before = queue.Statistics;

        for (int i = 0; i < 3; i++)
        {
            List<DeadLetter> dead = await queue.DeadLetters.PeekAsync().ToListAsync();
            dead.Select(d => d.ReadBody<int>()).Should().Equal(1, 2, 3, 4, 5);
            dead.Select(d => d.Sequence).Should().Equal(1, 2, 3, 4, 5);
            dead.Should().OnlyContain(d => d.Attempts == 1 && d.Failures == 0);
        }

        queue.Statistics.Should().Be(before);
        queue.DeadLetters.Count.Should().Be(5);
        await harness.ShouldBeEmptyAsync(queue.Consumer<int>());
    }

    [Theory, EveryStore]
    public async Task DeadLetterOff_GivenUp_IsDroppedAndCounted(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { DeadLetter = false, Retry = RetryPolicy.None });
        await queue.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();

        await (await consumer.NextAsync()).NackAsync().Soon();
        await (await consumer.NextAsync()).DeadLetterAsync("no").Soon();

        await harness.AdvanceAsync(TimeSpan.FromDays(1));
        await harness.ShouldBeEmptyAsync(consumer);
        queue.Statistics.Should().Be(new SubscriptionStatistics { Delivered = 2, Dropped = 2 });
        (await queue.DeadLetters.PeekAsync().ToListAsync()).Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task DeadLetterCapacity_Reached_LosesNone(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue(
            "orders", new() { DeadLetterCapacity = 1, Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(1), maxFailures: 1) });
        await queue.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();

        await (await consumer.NextAsync()).DeadLetterAsync("no").Soon();
        (await (await consumer.NextAsync()).DeadLetterAsync("no").Soon()).Should().Be(Settlement.Nacked, "there is no room for it");

        await harness.SettleAsync();
        SubscriptionStatistics full = queue.Statistics;
        (full.Dead, full.Waiting + full.Ready, full.Leased, full.Dropped).Should().Be((1, 1, 0, 0));
        (await queue.DeadLetters.PurgeAsync().Soon()).Should().Be(1);
        await harness.AdvanceAsync(TimeSpan.FromHours(1));
        Delivery<int> again = await consumer.NextAsync();
        again.Body.Should().Be(2);
        (await again.DeadLetterAsync("no").Soon()).Should().Be(Settlement.DeadLettered);
        (await queue.DeadLetters.PeekAsync().ToListAsync()).Single().ReadBody<int>().Should().Be(2);
    }

    [Theory, EveryStore]
    public async Task DeadLetter_OfATopic_IsThatSubscriptionsOwn(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription billing = await harness.Broker.SubscribeAsync("orders.#", "billing").Soon();
        ISubscription audit = await harness.Broker.SubscribeAsync("orders.#", "audit").Soon();
        await harness.Broker.Topic("orders.eu").Producer<int>().SendAsync(1).Soon();

        await (await billing.Consumer<int>().NextAsync()).DeadLetterAsync("no").Soon();

        DeadLetter dead = (await billing.DeadLetters.PeekAsync().ToListAsync()).Single();
        (dead.Destination, dead.OriginalSequence).Should().Be(("orders.eu", 1));
        audit.DeadLetters.Count.Should().Be(0);
        (await harness.DrainAsync<int>(audit)).Should().Equal(1);
    }

    private static async Task<IQueue> QueueOfDeadAsync(BrokerHarness harness, int count)
    {
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, count).Select(i => new Message<int>(i))]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        for (int i = 0; i < count; i++)
        {
            await (await consumer.NextAsync()).DeadLetterAsync("no").Soon();
        }

        return queue;
    }
}
