namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract lines 3 to 5 for handlers: acked on return, retried on a throw, never more at a time than allowed.</summary>
public sealed class HandlerTests
{
    [Theory, EveryStore]
    public async Task Handler_Returns_TheMessageIsAcked(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 3);
        var handled = new List<int>();

        await using (queue.Handle<int>(async (delivery, _) =>
        {
            await Task.Yield();
            handled.Add(delivery.Body);
        }))
        {
            await HangGuard.UntilAsync(() => queue.Statistics.Acked == 3);
        }

        handled.Should().Equal(1, 2, 3);
        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = 3, Delivered = 3 });
        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
            (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().BeEmpty();
        }
    }

    [Theory, EveryStore]
    public async Task Handler_MessageSentLater_IsHandled(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var handled = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using IWorker worker = queue.Handle<int>((delivery, _) =>
        {
            handled.TrySetResult(delivery.Body);
            return Task.CompletedTask;
        });
        await harness.SettleAsync();

        await queue.Producer<int>().SendAsync(1).Soon();

        (await handled.Task.Soon()).Should().Be(1);
    }

    [Theory, EveryStore]
    public async Task Concurrency_WithManyMessages_IsUsedAndNeverExceeded(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 40);
        using var permits = new SemaphoreSlim(0);
        int running = 0;
        int most = 0;
        await using IWorker worker = queue.Handle<int>(
            async (_, token) =>
            {
                int now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                await permits.WaitAsync(token);
                Interlocked.Decrement(ref running);
            },
            new() { Concurrency = 4 });

        await HangGuard.UntilAsync(() => Volatile.Read(ref running) == 4);
        await harness.SettleAsync();
        worker.Running.Should().Be(4);
        (queue.Statistics.Leased, queue.Statistics.Ready).Should().Be((4, 36));
        for (int i = 1; i <= 36; i++)
        {
            permits.Release();
            await HangGuard.UntilAsync(() => queue.Statistics.Acked == i && Volatile.Read(ref running) == 4);
        }

        permits.Release(4);
        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 40);
        most.Should().Be(4);
        await HangGuard.UntilAsync(() => worker.Running == 0);
    }

    [Theory, EveryStore]
    public async Task Concurrency_One_KeepsTheOrder(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 100);
        var handled = new List<int>();
        await using IWorker worker = queue.Handle<int>(async (delivery, _) =>
        {
            await Task.Yield();
            handled.Add(delivery.Body);
        });

        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 100);

        handled.Should().Equal(Enumerable.Range(1, 100));
    }

    [Theory, EveryStore]
    public async Task Handler_ThrowsBeforeItsFirstAwait_IsRetriedAndTheLoopGoesOn(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(1)) });
        await queue.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        var seen = new List<(int, int, int)>();
        await using IWorker worker = queue.Handle<int>((delivery, _) =>
        {
            seen.Add((delivery.Body, delivery.Attempt, delivery.Failures));
            return delivery is { Body: 1, Attempt: 1 } ? throw new InvalidTimeZoneException() : ValueTask.CompletedTask;
        });

        await HangGuard.UntilAsync(() => queue.Statistics is { Acked: 1, Waiting: 1 });
        await harness.AdvanceAsync(TimeSpan.FromSeconds(1));
        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 2);

        seen.Should().Equal((1, 1, 0), (2, 1, 0), (1, 2, 1));
    }

    [Theory, EveryStore]
    public async Task Handler_ThrowsAfterAnAwait_IsRetried(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.FromSeconds(1)) });
        await queue.Producer<int>().SendAsync(1).Soon();
        await using IWorker worker = queue.Handle<int>(async (delivery, _) =>
        {
            await Task.Yield();
            if (delivery.Failures == 0)
            {
                throw new InvalidTimeZoneException();
            }
        });

        await HangGuard.UntilAsync(() => queue.Statistics.Waiting == 1);
        await harness.AdvanceAsync(TimeSpan.FromSeconds(1));

        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1);
    }

    [Theory, EveryStore]
    public async Task Handler_ThrowsOperationCanceledWithoutAStop_IsAFailure(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        await queue.Producer<int>().SendAsync(1).Soon();

        await using IWorker worker = queue.Handle<int>((_, _) => throw new OperationCanceledException("a timeout of its own"));

        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1);
    }

    [Theory, EveryStore]
    public async Task HandlerPolicy_Given_GoesBeforeTheSubscriptions(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.FromHours(1)) });
        await queue.Producer<int>().SendAsync(1).Soon();

        await using IWorker worker = queue.Handle<int>(
            (_, _) => throw new InvalidTimeZoneException(), new() { Retry = RetryPolicy.Schedule(TimeSpan.FromSeconds(1)) });

        await HangGuard.UntilAsync(() => queue.Statistics.Waiting == 1);
        await harness.AdvanceAsync(TimeSpan.FromSeconds(1));
        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1);
    }

    [Theory, EveryStore]
    public async Task Manual_LeftUnsettled_ComesAgainWhenItsLeaseEnds(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero) });
        await queue.Producer<int>().SendAsync(1).Soon();
        int returned = 0;
        await using IWorker worker = queue.Handle<int>(
            async (delivery, _) =>
            {
                if (delivery.Attempt == 2)
                {
                    await delivery.AckAsync();
                }

                Interlocked.Increment(ref returned);
            },
            new() { AckMode = AckMode.Manual, LeaseDuration = TimeSpan.FromSeconds(10) });

        await HangGuard.UntilAsync(() => Volatile.Read(ref returned) == 1 && worker.Running == 0);
        await harness.AdvanceAsync(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        (queue.Statistics.Leased, queue.Statistics.Acked).Should().Be((1, 0), "returning is no ack");
        await harness.AdvanceAsync(TimeSpan.FromSeconds(10));

        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1);
    }

    [Theory, EveryStore]
    public async Task Manual_Throws_CountsAsAFailure(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        await queue.Producer<int>().SendAsync(1).Soon();

        await using IWorker worker = queue.Handle<int>(
            (_, _) => throw new InvalidTimeZoneException("boom"), new() { AckMode = AckMode.Manual });

        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1);
        (await queue.DeadLetters.PeekAsync().ToListAsync()).Single().Description.Should().Contain("boom");
    }

    [Theory, EveryStore]
    public async Task OnReturn_HandlerSettledItself_ThatSettlementStands(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 1);

        await using IWorker worker = queue.Handle<int>(async (delivery, _) => await delivery.DeadLetterAsync("no"));

        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1 && worker.Running == 0);
        await harness.SettleAsync();
        queue.Statistics.Should().Be(new SubscriptionStatistics { Dead = 1, Delivered = 1 });
    }

    [Theory, EveryStore]
    public async Task OnReceive_HandlerThrows_TheMessageDoesNotComeAgain(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await QueueOfAsync(harness, 2);
        int calls = 0;

        await using IWorker worker = queue.Handle<int>(
            (_, _) => ++calls > 0 ? throw new InvalidTimeZoneException() : ValueTask.CompletedTask,
            new() { AckMode = AckMode.OnReceive });

        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 2 && worker.Running == 0);
        await harness.AdvanceAsync(TimeSpan.FromDays(1));
        calls.Should().Be(2);
        queue.Statistics.Should().Be(new SubscriptionStatistics { Acked = 2, Delivered = 2 });
    }

    [Theory, EveryStore]
    public async Task Handler_ASendOnAThreadOfItsOwn_NeverRunsOnIt(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var threads = new List<Thread>();
        await using IWorker worker = queue.Handle<int>((_, _) =>
        {
            threads.Add(Thread.CurrentThread);
            return ValueTask.CompletedTask;
        });
        var sender = new Thread(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                queue.Producer<int>().SendAsync(i).AsTask().Wait(HangGuard.Limit);
            }
        });

        sender.Start();
        await Task.Run(sender.Join).Soon();

        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 50);
        threads.Should().HaveCount(50).And.NotContain(sender);
    }

    [Theory, EveryStore]
    public async Task TwoWorkers_OnOneQueue_ShareTheMessages(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using IWorker one = queue.Handle<int>(async (_, _) =>
        {
            first.TrySetResult();
            await release.Task;
        });
        await using IWorker two = queue.Handle<int>(async (_, _) =>
        {
            second.TrySetResult();
            await release.Task;
        });

        await queue.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();

        await first.Task.Soon();
        await second.Task.Soon();
        release.SetResult();
        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 2);
        queue.Statistics.Delivered.Should().Be(2);
    }

    private static async Task<IQueue> QueueOfAsync(BrokerHarness harness, int count)
    {
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(1, count).Select(i => new Message<int>(i))]).Soon();
        return queue;
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            int before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
