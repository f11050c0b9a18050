namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 5: what fails comes again, exactly when the policy says, and its failures are counted for good.</summary>
public sealed class RetryTests
{
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);

    /// <summary>Policies without chance, and the seconds that each of their retries waits.</summary>
    private static readonly (RetryPolicy Policy, double[] Seconds)[] _policies =
    [
        (RetryPolicy.None, []),
        (RetryPolicy.Fixed(TimeSpan.FromSeconds(5), maxFailures: 4), [5, 5, 5]),
        (RetryPolicy.Schedule(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)), [1, 60, 3600]),
        (RetryPolicy.Exponential(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), 2, 7, RetryJitter.None), [1, 2, 4, 8, 10, 10]),
        (RetryPolicy.Exponential(TimeSpan.FromSeconds(0.5), TimeSpan.FromHours(1), 3, 5, RetryJitter.None), [0.5, 1.5, 4.5, 13.5]),
    ];

    [Theory, EveryStore]
    public async Task Nack_ByPolicy_ComesAgainExactlyInTimeAndDiesExactlyAtTheLimit(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        for (int i = 0; i < _policies.Length; i++)
        {
            (RetryPolicy policy, double[] seconds) = _policies[i];
            IQueue queue = harness.Broker.Queue($"q{i}", new() { Retry = policy });
            await queue.Producer<int>().SendAsync(1).Soon();
            IConsumer<int> consumer = queue.Consumer<int>();
            for (int failures = 0; failures < seconds.Length; failures++)
            {
                Delivery<int> delivery = await consumer.NextAsync();
                (delivery.Attempt, delivery.Failures).Should().Be((failures + 1, failures));
                (await delivery.NackAsync().Soon()).Should().Be(Settlement.Nacked);
                await harness.AdvanceAsync(TimeSpan.FromSeconds(seconds[failures]) - _tick);
                await harness.ShouldBeEmptyAsync(consumer, $"before the {failures + 1}. retry of {policy}");
                queue.Statistics.Waiting.Should().Be(1);
                await harness.AdvanceAsync(_tick);
            }

            Delivery<int> last = await consumer.NextAsync();
            last.Failures.Should().Be(seconds.Length);
            (await last.NackAsync().Soon()).Should().Be(Settlement.DeadLettered, policy.ToString());
            queue.DeadLetters.Count.Should().Be(1);
            await harness.AdvanceAsync(TimeSpan.FromDays(1));
            await harness.ShouldBeEmptyAsync(consumer, "after the last failure");
        }
    }

    [Theory, EveryStore]
    public async Task Nack_WithADelay_GoesBeforeThePolicy(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(1)) });
        await queue.Producer<int>().SendAsync(1).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();

        await (await consumer.NextAsync()).NackAsync(TimeSpan.FromMinutes(1)).Soon();

        await harness.AdvanceAsync(TimeSpan.FromMinutes(1) - _tick);
        await harness.ShouldBeEmptyAsync(consumer);
        await harness.AdvanceAsync(_tick);
        (await consumer.NextAsync()).Failures.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Nack_WithNoDelay_ComesAgainAtOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();

        (await (await consumer.NextAsync()).NackAsync(TimeSpan.Zero).Soon()).Should().Be(Settlement.Nacked);

        Delivery<int> again = await consumer.NextAsync();
        (again.Attempt, again.Failures).Should().Be((2, 1));
    }

    [Theory, EveryStore]
    public async Task Nack_WithADelayAtTheLimit_StillDeadLetters(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        await queue.Producer<int>().SendAsync(1).Soon();

        Settlement settlement = await (await queue.Consumer<int>().NextAsync()).NackAsync(TimeSpan.FromSeconds(1)).Soon();

        settlement.Should().Be(Settlement.DeadLettered);
    }

    [Theory, EveryStore]
    public async Task Nack_DefaultPolicy_ComesAgainWithinItsCap(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        for (int failures = 0; failures < RetryPolicy.Default.MaxFailures - 1; failures++)
        {
            Delivery<int> delivery = await consumer.NextAsync();
            delivery.Failures.Should().Be(failures);
            await delivery.NackAsync().Soon();
            await harness.AdvanceAsync(TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, failures))));
        }

        (await (await consumer.NextAsync()).NackAsync().Soon()).Should().Be(Settlement.DeadLettered);
    }

    [Theory, EveryStore]
    public async Task Nack_WhileOthersAreReady_LetsThemPass(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(1)) });
        await queue.Producer<int>().SendBatchAsync([new(1), new(2), new(3)]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        await (await consumer.NextAsync()).NackAsync().Soon();

        (await consumer.NextAsync()).Body.Should().Be(2);
        (await consumer.NextAsync()).Body.Should().Be(3);

        await harness.AdvanceAsync(TimeSpan.FromSeconds(1));
        (await consumer.NextAsync()).Body.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Nack_SeveralWithTheirOwnDelays_ComeAgainInTheOrderOfTheirTimes(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([new(1), new(2), new(3)]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        foreach (int seconds in (int[])[30, 10, 20])
        {
            await (await consumer.NextAsync()).NackAsync(TimeSpan.FromSeconds(seconds)).Soon();
        }

        foreach (int expected in (int[])[2, 3, 1])
        {
            await harness.ShouldBeEmptyAsync(consumer);
            await harness.AdvanceAsync(TimeSpan.FromSeconds(10));
            (await consumer.NextAsync()).Body.Should().Be(expected);
        }
    }

    [Theory, ReopeningStores]
    public async Task Failures_AcrossReopen_AreKeptAndLeadToTheLimit(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var options = new QueueOptions { Retry = RetryPolicy.Fixed(TimeSpan.Zero, maxFailures: 4) };
        await harness.Broker.Queue("orders", options).Producer<int>().SendAsync(1).Soon();
        for (int failures = 0; failures < 3; failures++)
        {
            Delivery<int> delivery = await harness.Broker.Queue("orders", options).Consumer<int>().NextAsync();
            (delivery.Attempt, delivery.Failures).Should().Be((failures + 1, failures));
            (await delivery.NackAsync().Soon()).Should().Be(Settlement.Nacked);
            await harness.ReopenAsync();
        }

        IQueue queue = harness.Broker.Queue("orders", options);
        (await (await queue.Consumer<int>().NextAsync()).NackAsync().Soon()).Should().Be(Settlement.DeadLettered);
    }

    [Theory, ReopeningStores]
    public async Task Waiting_AcrossReopen_ComesExactlyInTime(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        await (await queue.Consumer<int>().NextAsync()).NackAsync(TimeSpan.FromHours(1)).Soon();
        await harness.AdvanceAsync(TimeSpan.FromMinutes(30));

        await harness.ReopenAsync();

        queue = harness.Broker.Queue("orders");
        queue.Statistics.Waiting.Should().Be(1);
        IConsumer<int> consumer = queue.Consumer<int>();
        await harness.AdvanceAsync(TimeSpan.FromMinutes(30) - _tick);
        await harness.ShouldBeEmptyAsync(consumer, "before its time");
        await harness.AdvanceAsync(_tick);
        Delivery<int> delivery = await consumer.NextAsync();
        (delivery.Attempt, delivery.Failures).Should().Be((2, 1));
    }

    [Theory, ReopeningStores]
    public async Task Waiting_DueWhileClosed_ComesAtReopen(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        await (await queue.Consumer<int>().NextAsync()).NackAsync(TimeSpan.FromHours(1)).Soon();

        await harness.CloseAsync();
        harness.Time.Advance(TimeSpan.FromHours(2));
        await harness.OpenAsync();

        (await harness.Broker.Queue("orders").Consumer<int>().NextAsync()).Failures.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task LeaseExpiry_ByPolicy_WaitsLikeANackAndCountsTowardsTheLimit(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Schedule(TimeSpan.FromMinutes(1)) });
        await queue.Producer<int>().SendAsync(1).Soon();
        IConsumer<int> consumer = queue.Consumer<int>(new() { LeaseDuration = TimeSpan.FromSeconds(10) });
        await consumer.NextAsync();

        await harness.AdvanceAsync(TimeSpan.FromSeconds(10));
        queue.Statistics.Waiting.Should().Be(1);
        await harness.AdvanceAsync(TimeSpan.FromMinutes(1) - _tick);
        await harness.ShouldBeEmptyAsync(consumer, "before the policy's delay is over");
        await harness.AdvanceAsync(_tick);
        (await consumer.NextAsync()).Failures.Should().Be(1);
        await harness.AdvanceAsync(TimeSpan.FromSeconds(10));

        List<DeadLetter> dead = await queue.DeadLetters.PeekAsync().ToListAsync();
        dead.Should().ContainSingle();
        (dead[0].Reason, dead[0].Attempts, dead[0].Failures).Should().Be((DeadLetterReason.RetriesExhausted, 2, 2));
    }

    [Theory, EveryStore]
    public async Task ConsumerPolicy_Given_GoesBeforeTheSubscriptions(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.FromHours(1)) });
        await queue.Producer<int>().SendAsync(1).Soon();
        IConsumer<int> consumer = queue.Consumer<int>(new() { Retry = RetryPolicy.Schedule(TimeSpan.FromSeconds(1)) });

        await (await consumer.NextAsync()).NackAsync().Soon();

        await harness.AdvanceAsync(TimeSpan.FromSeconds(1));
        (await (await consumer.NextAsync()).NackAsync().Soon()).Should().Be(Settlement.DeadLettered);
    }
}
