namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 13 for retry policies: one may throw, be slow, ask back, or return nonsense; its message fails, and nothing else does.</summary>
public sealed class HostilePolicyTests
{
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan _lease = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longest = TimeSpan.FromDays(3_650);
    private static readonly ConsumerOptions _shortLease = new() { LeaseDuration = _lease };

    [Theory, EveryStore]
    public async Task Nack_WithAPolicyThatThrows_FailsTheMessageAndWaitsByTheDefaultPolicy(StoreKind store)
    {
        var log = new RecordingLog();
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });
        IQueue queue = await QueueOfOneAsync(harness, HostilePolicy.ThatThrows());
        IConsumer<int> consumer = queue.Consumer<int>();
        Delivery<int> delivery = await consumer.NextAsync();

        (await delivery.NackAsync().Soon()).Should().Be(Settlement.Nacked);

        TimeSpan wait = RetryPolicy.Default.DelayAfter(1, (ulong)delivery.Sequence);
        await harness.AdvanceAsync(wait - _tick);
        await harness.ShouldBeEmptyAsync(consumer, "before the default policy's delay is over");
        await harness.AdvanceAsync(_tick);
        (await consumer.NextAsync()).Failures.Should().Be(1);
        await HangGuard.UntilAsync(() => log.Lines.Any(line => line.Contains(nameof(HostilePolicy)) && line.Contains("orders")));
    }

    [Theory, EveryStore]
    public async Task Lease_OfAPolicyThatThrows_EndsAndTheMessageComesAgain(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfOneAsync(harness, HostilePolicy.ThatThrows());
        IConsumer<int> consumer = queue.Consumer<int>(_shortLease);
        Delivery<int> delivery = await consumer.NextAsync();

        await harness.AdvanceAsync(_lease);
        delivery.LeaseLost.IsCancellationRequested.Should().BeTrue();
        await harness.AdvanceAsync(TimeSpan.FromSeconds(1));

        (await consumer.NextAsync()).Failures.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Handler_OfAPolicyThatThrows_GoesOnWithTheNextMessage(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfOneAsync(harness, HostilePolicy.ThatThrows());
        var next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using IWorker worker = queue.Handle<int>((delivery, _) => delivery.Body == 1 ? throw new InvalidOperationException() : Done(next));

        await queue.Producer<int>().SendAsync(2).Soon();

        await next.Task.Soon();
        await HangGuard.UntilAsync(() => queue.Statistics is { Acked: 1, Waiting: 1 });
    }

    [Theory, EveryStore]
    public async Task MaxFailures_ThatThrows_IsTheDefaultPolicys(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfOneAsync(harness, new HostilePolicy(_ => TimeSpan.Zero, () => throw new InvalidOperationException()));
        IConsumer<int> consumer = queue.Consumer<int>();
        for (int failures = 1; failures < RetryPolicy.Default.MaxFailures; failures++)
        {
            (await (await consumer.NextAsync()).NackAsync().Soon()).Should().Be(Settlement.Nacked, $"it is failure {failures}");
        }

        (await (await consumer.NextAsync()).NackAsync().Soon()).Should().Be(Settlement.DeadLettered);
    }

    [Theory, EveryStore]
    public async Task MaxFailures_BelowOne_IsOne(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        foreach (int most in (int[])[0, -1, int.MinValue])
        {
            IQueue queue = await QueueOfOneAsync(harness, new HostilePolicy(_ => TimeSpan.Zero, () => most), $"q{most}");

            (await (await queue.Consumer<int>().NextAsync()).NackAsync().Soon()).Should().Be(Settlement.DeadLettered);
        }
    }

    [Theory, EveryStore]
    public async Task Delay_BelowZero_IsZero(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        foreach (TimeSpan delay in (TimeSpan[])[TimeSpan.FromTicks(-1), TimeSpan.FromSeconds(-5), TimeSpan.MinValue])
        {
            IQueue queue = await QueueOfOneAsync(harness, new HostilePolicy(_ => delay), $"q{delay.Ticks}");
            IConsumer<int> consumer = queue.Consumer<int>();
            await (await consumer.NextAsync()).NackAsync().Soon();

            (await consumer.NextAsync()).Failures.Should().Be(1, $"{delay} is at once");
        }
    }

    [Theory, EveryStore]
    public async Task Delay_BeyondTheRange_IsTheLongestThereIs(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        TimeSpan[] delays = [TimeSpan.MaxValue, Timeout.InfiniteTimeSpan, _longest + _tick];
        var consumers = new List<IConsumer<int>>();
        foreach (TimeSpan delay in delays)
        {
            IQueue queue = await QueueOfOneAsync(harness, new HostilePolicy(_ => delay), $"q{delay.Ticks}");
            consumers.Add(queue.Consumer<int>(_shortLease));
            await (await consumers[^1].NextAsync()).NackAsync().Soon();
        }

        await harness.AdvanceAsync(_longest - _tick);
        foreach (IConsumer<int> consumer in consumers)
        {
            await harness.ShouldBeEmptyAsync(consumer, "before 3,650 days are over");
        }

        await harness.AdvanceAsync(_tick);
        foreach (IConsumer<int> consumer in consumers)
        {
            (await consumer.NextAsync()).Failures.Should().Be(1);
        }
    }

    [Theory, EveryStore]
    public async Task Delay_BeyondTheRange_LetsOtherTimersRing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfOneAsync(harness, new HostilePolicy(_ => TimeSpan.MaxValue));
        await (await queue.Consumer<int>().NextAsync()).NackAsync().Soon();
        IQueue other = harness.Broker.Queue("other");
        await other.Producer<int>().SendAsync(2, new() { Delay = TimeSpan.FromMilliseconds(50) }).Soon();

        await harness.AdvanceAsync(TimeSpan.FromSeconds(2));

        (await other.Consumer<int>().NextAsync()).Body.Should().Be(2);
    }

    [Theory, ReopeningStores]
    public async Task Delay_BeyondTheRange_IsKeptAcrossAReopening(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfOneAsync(harness, new HostilePolicy(_ => TimeSpan.MaxValue));
        await (await queue.Consumer<int>().NextAsync()).NackAsync().Soon();

        await harness.ReopenAsync();

        harness.Broker.Queue("orders").Statistics.Waiting.Should().Be(1);
        await harness.AdvanceAsync(_longest);
        (await harness.Broker.Queue("orders").Consumer<int>().NextAsync()).Failures.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Policy_AskedAtANack_MayAskAnotherThreadForTheStatistics(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue? queue = null;
        queue = await QueueOfOneAsync(harness, AskingForStatistics(() => queue!));
        IConsumer<int> consumer = queue.Consumer<int>();
        Delivery<int> delivery = await consumer.NextAsync();

        (await OwnThread.Run(() => delivery.NackAsync().AsTask().Wait(HangGuard.Limit)).Soon()).Should().BeTrue();

        (await consumer.NextAsync()).Failures.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Policy_AskedAtTheEndOfALease_MayAskAnotherThreadForTheStatistics(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue? queue = null;
        queue = await QueueOfOneAsync(harness, AskingForStatistics(() => queue!));
        IConsumer<int> consumer = queue.Consumer<int>(_shortLease);
        await consumer.NextAsync();

        await harness.AdvanceAsync(_lease);

        (await consumer.NextAsync()).Failures.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Policy_ThatHangsAtTheEndOfALease_HoldsItsMessageOnly(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        using var gate = new ManualResetEventSlim();
        int asked = 0;
        IQueue queue = await QueueOfOneAsync(harness, new HostilePolicy(_ =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                gate.Wait(HangGuard.Limit);
            }

            return TimeSpan.Zero;
        }));
        IConsumer<int> consumer = queue.Consumer<int>(_shortLease);
        await consumer.NextAsync();
        Task moving = OwnThread.Run(() => harness.Time.Advance(_lease));
        await moving.Soon();
        await HangGuard.UntilAsync(() => Volatile.Read(ref asked) == 1);

        // The same queue goes on, and so does the broker's timer.
        await queue.Producer<int>().SendAsync(2).Soon();
        (await consumer.NextAsync()).Body.Should().Be(2);
        await harness.Broker.Queue("other").Producer<int>().SendAsync(3, new() { Delay = _lease }).Soon();
        harness.Time.Advance(_lease);
        (await harness.Broker.Queue("other").Consumer<int>().NextAsync()).Body.Should().Be(3);
        Delivery<int> second = await consumer.NextAsync();
        (second.Body, second.Failures).Should().Be((2, 1), "its lease ended while the policy was still being asked about the first");

        gate.Set();
        (await consumer.NextAsync()).Body.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task LeaseLost_WhileItsPolicyHangs_IsCancelledAllTheSame(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        using var gate = new ManualResetEventSlim();
        IQueue queue = await QueueOfOneAsync(harness, HangingUntil(gate));
        Delivery<int> delivery = await queue.Consumer<int>(_shortLease).NextAsync();
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = delivery.LeaseLost.Register(lost.SetResult);

        await OwnThread.Run(() => harness.Time.Advance(_lease)).Soon();

        await lost.Task.Soon();
        (await delivery.AckAsync().Soon()).Should().Be(Settlement.LeaseLost);
        gate.Set();
    }

    [Theory, ReopeningStores]
    public async Task Close_WhileAPolicyHangs_EndsAndTheMessageIsThereWithoutAFailure(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        using var gate = new ManualResetEventSlim();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IQueue queue = await QueueOfOneAsync(harness, HangingUntil(gate, asked));
        Delivery<int> delivery = await queue.Consumer<int>().NextAsync();
        Task<Task<Settlement>> nack = OwnThread.Run(() => delivery.NackAsync().AsTask());
        await asked.Task.Soon();

        await harness.ReopenAsync();

        gate.Set();
        await FluentActions.Awaiting(async () => await (await nack.Soon()).Soon()).Should().ThrowAsync<ObjectDisposedException>();
        Delivery<int> again = await harness.Broker.Queue("orders").Consumer<int>().NextAsync();
        (again.Attempt, again.Failures).Should().Be((2, 0), "an orderly stop is no failure of the message");
    }

    [Theory, ReopeningStores]
    public async Task Death_WhileAPolicyIsAsked_CountsAsAFailureOfTheMessageThatHadBegun(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        using var gate = new ManualResetEventSlim();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IQueue queue = await QueueOfOneAsync(harness, HangingUntil(gate, asked));
        await queue.Producer<int>().SendAsync(2).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        Delivery<int> delivery = await consumer.NextAsync();
        Task<Task<Settlement>> nack = OwnThread.Run(() => delivery.NackAsync().AsTask());
        await asked.Task.Soon();

        // The state of the cursor is written meanwhile.
        (await (await consumer.NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked);
        await harness.DieAndReopenAsync();

        Delivery<int> again = await harness.Broker.Queue("orders").Consumer<int>().NextAsync();
        (again.Body, again.Attempt, again.Failures).Should().Be((1, 2, 1));
        gate.Set();
        await FluentActions.Awaiting(async () => await (await nack.Soon()).Soon()).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Theory, EveryStore]
    public async Task ConsumersPolicy_ThatThrowsAtTheHandOver_GetsTheMessageByTheDefaultPolicy(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfOneAsync(harness, RetryPolicy.Fixed(TimeSpan.Zero));
        await (await queue.Consumer<int>().NextAsync()).NackAsync().Soon();
        IConsumer<int> hostile = queue.Consumer<int>(new() { Retry = new HostilePolicy(_ => TimeSpan.Zero, () => throw new InvalidOperationException()) });

        (await hostile.NextAsync()).Failures.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task ConsumersPolicy_ThatSaysNoAtTheHandOver_MayAskAnotherThreadForTheStatistics(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfOneAsync(harness, RetryPolicy.Fixed(TimeSpan.Zero));
        await (await queue.Consumer<int>().NextAsync()).NackAsync().Soon();
        IConsumer<int> hostile = queue.Consumer<int>(new()
        {
            Retry = new HostilePolicy(_ => TimeSpan.Zero, () => OwnThread.Run(() => queue.Statistics.Acked).Wait(HangGuard.Limit) ? 1 : 9),
        });

        (await OwnThread.Run(() => hostile.TryReceive(out _)).Soon()).Should().BeFalse("its policy allows one failure");

        await harness.SettleAsync();
        queue.DeadLetters.Count.Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Policy_ThatThrowsWhileTheDeadLettersAreFull_KeepsTheMessage(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = HostilePolicy.ThatThrows(), DeadLetterCapacity = 1 });
        await queue.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        (await (await consumer.NextAsync()).DeadLetterAsync("bad").Soon()).Should().Be(Settlement.DeadLettered);

        Delivery<int> second = await consumer.NextAsync();
        (await second.DeadLetterAsync("bad too").Soon()).Should().Be(Settlement.Nacked, "there is no room");

        await harness.SettleAsync();
        queue.Statistics.Waiting.Should().Be(1);
        await harness.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await consumer.NextAsync()).Body.Should().Be(2);
    }

    [Theory, EveryStore]
    public async Task Policy_OutOfRangeWhileTheDeadLettersAreFull_KeepsTheMessage(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = new HostilePolicy(_ => TimeSpan.MaxValue), DeadLetterCapacity = 1 });
        await queue.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        await (await consumer.NextAsync()).DeadLetterAsync("bad").Soon();
        await (await consumer.NextAsync()).DeadLetterAsync("bad too").Soon();

        await harness.AdvanceAsync(_longest - _tick);
        await harness.ShouldBeEmptyAsync(consumer, "before 3,650 days are over");
        await harness.AdvanceAsync(_tick);

        (await consumer.NextAsync()).Body.Should().Be(2);
    }

    private static HostilePolicy AskingForStatistics(Func<IQueue> queue) => new(_ =>
        OwnThread.Run(() => queue().Statistics.Acked).Wait(HangGuard.Limit) ? TimeSpan.Zero : throw new TimeoutException("The statistics wait for the policy."));

    private static HostilePolicy HangingUntil(ManualResetEventSlim gate, TaskCompletionSource? asked = null) => new(_ =>
    {
        asked?.TrySetResult();
        gate.Wait(HangGuard.Limit);
        return TimeSpan.Zero;
    });

    private static ValueTask Done(TaskCompletionSource completion)
    {
        completion.TrySetResult();
        return ValueTask.CompletedTask;
    }

    private static async Task<IQueue> QueueOfOneAsync(BrokerHarness harness, RetryPolicy policy, string name = "orders")
    {
        IQueue queue = harness.Broker.Queue(name, new() { Retry = policy });
        await queue.Producer<int>().SendAsync(1).Soon();
        return queue;
    }
}
