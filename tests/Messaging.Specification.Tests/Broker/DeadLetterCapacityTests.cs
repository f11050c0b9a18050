namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 6 beside a dead-letter queue that is full: what is given up stays, is handed out again, and the log says why.</summary>
public sealed class DeadLetterCapacityTests
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private static QueueOptions Options => new() { DeadLetterCapacity = 1, Retry = RetryPolicy.Fixed(_second, maxFailures: 1) };

    [Theory, EveryStore]
    public async Task UsedUpRetries_DeadLetterQueueFull_IsHandedOutAgainAfterItsDelay(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await WithOneDeadAsync(harness);
        IConsumer<int> consumer = queue.Consumer<int>();

        for (int failures = 0; failures < 3; failures++)
        {
            Delivery<int> delivery = await ReceiveAsync(harness, consumer);
            (delivery.Body, delivery.Attempt, delivery.Failures).Should().Be((2, failures + 1, failures));
            (await delivery.NackAsync().Soon()).Should().Be(Settlement.Nacked, "there is no room for it");
            await harness.ShouldBeEmptyAsync(consumer, "before its delay");
            await harness.AdvanceAsync(_second);
        }

        (await (await ReceiveAsync(harness, consumer)).AckAsync().Soon()).Should().Be(Settlement.Acked);
        queue.Statistics.Should().Be(new SubscriptionStatistics { Dead = 1, Acked = 1, Delivered = 5, Redelivered = 3 });
    }

    [Theory, EveryStore]
    public async Task Handler_DeadLetterQueueFull_GetsTheMessageAgain(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await WithOneDeadAsync(harness);
        var handled = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        int calls = 0;
        await using IWorker worker = queue.Handle<int>((delivery, _) =>
        {
            Interlocked.Increment(ref calls);
            if (delivery.Failures < 2)
            {
                throw new InvalidTimeZoneException();
            }

            handled.TrySetResult(delivery.Attempt);
            return ValueTask.CompletedTask;
        });

        for (int failures = 1; failures <= 2; failures++)
        {
            // Of this call: the message may still be waiting from the call before.
            await HangGuard.UntilAsync(() => Volatile.Read(ref calls) == failures && queue.Statistics.Waiting == 1);
            await harness.AdvanceAsync(_second);
        }

        (await handled.Task.Soon()).Should().Be(3);
    }

    [Theory, EveryStore]
    public async Task UsedUpRetries_RoomAgainWhenItsTimeComes_IsDeadLettered(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await WithOneDeadAsync(harness);
        IConsumer<int> consumer = queue.Consumer<int>();
        await (await ReceiveAsync(harness, consumer)).NackAsync().Soon();
        (await queue.DeadLetters.PurgeAsync().Soon()).Should().Be(1);

        await harness.AdvanceAsync(_second);
        await harness.ShouldBeEmptyAsync(consumer, "its retries are used up");

        await harness.SettleAsync();
        DeadLetter dead = (await queue.DeadLetters.PeekAsync().ToListAsync()).Single();
        (dead.ReadBody<int>(), dead.Reason, dead.Failures).Should().Be((2, DeadLetterReason.RetriesExhausted, 1));
        dead.Description.Should().Contain("1 time").And.Contain("full");
    }

    [Theory, ReopeningStores]
    public async Task UsedUpRetries_DeadLetterQueueFullAfterReopen_IsHandedOutAgain(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await WithOneDeadAsync(harness);
        await (await ReceiveAsync(harness, queue.Consumer<int>())).NackAsync().Soon();
        await harness.ReopenAsync();

        IConsumer<int> consumer = harness.Broker.Queue("orders", Options).Consumer<int>();
        await harness.AdvanceAsync(_second);

        Delivery<int> delivery = await ReceiveAsync(harness, consumer);
        (delivery.Body, delivery.Attempt, delivery.Failures).Should().Be((2, 2, 1));
    }

    [Theory, EveryStore]
    public async Task DeadLetterQueueFull_ManyTimes_IsLoggedEachTimeTheirNumberDoubles(StoreKind store)
    {
        var log = new RecordingLog();
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });
        IQueue queue = await WithOneDeadAsync(harness);
        IConsumer<int> consumer = queue.Consumer<int>();

        for (int i = 0; i < 9; i++)
        {
            await (await ReceiveAsync(harness, consumer)).DeadLetterAsync("no").Soon();
            await harness.AdvanceAsync(_second);
        }

        string[] lines = [.. log.Lines.Where(line => line.Contains("DeadLetterCapacity", StringComparison.Ordinal))];
        lines.Should().HaveCount(4, "the 1st, 2nd, 4th and 8th time are told");
        lines.Should().OnlyContain(line =>
            line.StartsWith("Error: orders:", StringComparison.Ordinal)
            && line.Contains("DeadLetterCapacity of 1", StringComparison.Ordinal)
            && line.Contains("Redrive or purge", StringComparison.Ordinal));
        lines[^1].Should().Contain("8 times");
    }

    /// <summary>Makes a queue that holds message 2, and message 1 as the only dead letter that has room.</summary>
    private static async Task<IQueue> WithOneDeadAsync(BrokerHarness harness)
    {
        IQueue queue = harness.Broker.Queue("orders", Options);
        await queue.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        await using IConsumer<int> consumer = queue.Consumer<int>();
        (await (await consumer.NextAsync()).NackAsync().Soon()).Should().Be(Settlement.DeadLettered);
        return queue;
    }

    private static async Task<Delivery<int>> ReceiveAsync(BrokerHarness harness, IConsumer<int> consumer)
    {
        await harness.SettleAsync();
        consumer.TryReceive(out Delivery<int> delivery).Should().BeTrue("a message that is given up is handed out again");
        return delivery;
    }
}
