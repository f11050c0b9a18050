using System.Collections.Concurrent;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract lines 13 and 17: a call that hangs holds one place of its worker, is counted and logged once.</summary>
public sealed class OverdueTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(25);
    private static readonly HandlerOptions _options = new() { LeaseDuration = TimeSpan.FromSeconds(10), MaxProcessingTime = _limit, Concurrency = 2 };

    private readonly RecordingLog _log = new();
    private readonly ManualResetEventSlim _release = new();
    private int _calls;

    [Theory, EveryStore]
    public Task Call_Awaiting_IsCountedAndLoggedOnce(StoreKind store) =>
        HangAsync(store, _options, async _ => await Task.Run(WaitForRelease, CancellationToken.None));

    [Theory, EveryStore]
    public Task Call_BlockingItsThread_IsCountedAndLoggedOnce(StoreKind store) => HangAsync(store, _options, _ =>
    {
        WaitForRelease();
        return ValueTask.CompletedTask;
    });

    [Theory, EveryStore]
    public Task Call_ThatHasSettled_IsCountedAndLoggedOnce(StoreKind store) => HangAsync(store, _options, async delivery =>
    {
        await delivery.AckAsync();
        await Task.Run(WaitForRelease, CancellationToken.None);
    });

    [Theory, EveryStore]
    public Task Call_AckedOnReceive_IsCountedAndLoggedOnce(StoreKind store) => HangAsync(
        store,
        _options with { AckMode = AckMode.OnReceive },
        async _ => await Task.Run(WaitForRelease, CancellationToken.None));

    [Theory, EveryStore]
    public async Task Calls_ThatReturnInTime_AreNotLogged(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = _log });
        IQueue queue = harness.Broker.Queue("orders");
        await using IWorker worker = queue.Handle<int>((_, _) => ValueTask.CompletedTask, _options);
        for (int i = 1; i <= 10; i++)
        {
            await queue.Producer<int>().SendAsync(i).Soon();
            await HangGuard.UntilAsync(() => queue.Statistics.Acked == i);
            await harness.AdvanceAsync(_limit / 3);
        }

        worker.Overdue.Should().Be(0);
        OverdueLines().Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task Serializer_HangingForAHandler_LosesTheLeaseAndHoldsOnePlace(StoreKind store)
    {
        var serializer = new HangingSerializer();
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = _log, Serializer = serializer });
        IQueue queue = harness.Broker.Queue("orders", new() { Serialize = true, Retry = RetryPolicy.Fixed(TimeSpan.Zero) });
        Receipt receipt = await queue.Producer<string>().SendAsync("hangs once").Soon();
        var handled = new ConcurrentQueue<string>();
        await using IWorker worker = queue.Handle<string>(
            (delivery, _) =>
            {
                handled.Enqueue($"{delivery.Body}, attempt {delivery.Attempt}, {delivery.Failures} failures");
                return ValueTask.CompletedTask;
            },
            _options);
        await serializer.Hangs.Soon();

        await harness.AdvanceAsync(_limit - TimeSpan.FromTicks(1));
        (queue.Statistics.Leased, worker.Running, worker.Overdue).Should().Be((1, 1, 0), "a body is read under the lease");
        await harness.AdvanceAsync(TimeSpan.FromTicks(1));

        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1);
        worker.Overdue.Should().Be(1);
        await HangGuard.UntilAsync(() => OverdueLines().Count == 1);
        OverdueLines()[0].Should().Contain($"{receipt.MessageId}");
        serializer.Release();
        await HangGuard.UntilAsync(() => worker.Running == 0);
        await harness.SettleAsync();
        handled.Should().Equal(["hangs once, attempt 2, 1 failures"], "what was read too late is somebody else's");
        (worker.Overdue, queue.Statistics.Acked).Should().Be((0, 1));
        await queue.Producer<string>().SendBatchAsync([new("a"), new("b"), new("c")]).Soon();
        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 4);
    }

    [Theory, EveryStore]
    public async Task Serializer_HangingForAConsumer_HoldsThatCallerOnly(StoreKind store)
    {
        var serializer = new HangingSerializer();
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { Serializer = serializer });
        IQueue queue = harness.Broker.Queue("orders", new() { Serialize = true, Retry = RetryPolicy.Fixed(TimeSpan.Zero) });
        await queue.Producer<string>().SendAsync("hangs once").Soon();
        IConsumer<string> consumer = queue.Consumer<string>(new() { LeaseDuration = TimeSpan.FromSeconds(10) });
        Task<Delivery<string>> held = Task.Run(() => consumer.NextAsync());
        await serializer.Hangs.Soon();

        await harness.AdvanceAsync(TimeSpan.FromSeconds(10));

        Delivery<string> again = await queue.Consumer<string>().NextAsync();
        (again.Attempt, again.Failures).Should().Be((2, 1));
        (await again.AckAsync().Soon()).Should().Be(Settlement.Acked);
        serializer.Release();
        (await (await held.Soon()).AckAsync().Soon()).Should().Be(Settlement.LeaseLost);
    }

    [Theory, EveryStore]
    public async Task Serializer_WhateverItThrows_DeadLettersTheMessageAndTheNextIsHandled(StoreKind store)
    {
        Func<Exception>[] failures =
        [
            () => new OperationCanceledException(),
            () => new ObjectDisposedException("something of its own"),
            () => new StoreException("something of its own"),
            () => new InvalidTimeZoneException(),
            () => new NullReferenceException(),
        ];
        var serializer = new ThrowingSerializer(failures);
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { Serializer = serializer });
        IQueue queue = harness.Broker.Queue("orders", new() { Serialize = true });
        await queue.Producer<int>().SendBatchAsync([.. Enumerable.Range(0, failures.Length + 2).Select(i => new Message<int>(i))]).Soon();

        await using IWorker worker = queue.Handle<int>((_, _) => ValueTask.CompletedTask);

        await HangGuard.UntilAsync(() => queue.Statistics is { Acked: 1 } counts && counts.Dead == failures.Length + 1);
        List<DeadLetter> dead = await queue.DeadLetters.PeekAsync().ToListAsync();
        dead.Should().OnlyContain(letter => letter.Reason == DeadLetterReason.Unreadable);
    }

    [Theory, EveryStore]
    public async Task Lease_OfAConsumerThatEnds_IsLoggedEachTimeTheirNumberDoubles(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = _log });
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero, 99) });
        Receipt receipt = await queue.Producer<int>().SendAsync(1).Soon();
        IConsumer<int> consumer = queue.Consumer<int>(new() { LeaseDuration = TimeSpan.FromSeconds(10) });
        for (int i = 0; i < 5; i++)
        {
            await consumer.NextAsync();
            await harness.AdvanceAsync(TimeSpan.FromSeconds(10));
        }

        await HangGuard.UntilAsync(() => LeaseLines().Count == 3);
        LeaseLines().Should().HaveCount(3, "of the first, the second and the fourth");
        LeaseLines()[0].Should().StartWith("Warning: orders: the lease of message 1").And.Contain($"{receipt.MessageId}").And.Contain("00:00:10");
    }

    private async Task HangAsync(StoreKind store, HandlerOptions options, Func<Delivery<int>, ValueTask> hang)
    {
        await using var harness = await BrokerHarness.StartAsync(store, broker => broker with { LoggerFactory = _log });
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.FromDays(1)) });
        Receipt receipt = await queue.Producer<int>().SendAsync(1).Soon();
        await using IWorker worker = queue.Handle<int>((delivery, _) => Interlocked.Increment(ref _calls) == 1 ? hang(delivery) : ValueTask.CompletedTask, options);
        await HangGuard.UntilAsync(() => Volatile.Read(ref _calls) == 1);
        await harness.SettleAsync();

        await harness.AdvanceAsync(_limit - TimeSpan.FromTicks(1));
        (worker.Running, worker.Overdue, OverdueLines().Count).Should().Be((1, 0, 0));
        await harness.AdvanceAsync(TimeSpan.FromTicks(1));

        (worker.Running, worker.Overdue).Should().Be((1, 1));
        await HangGuard.UntilAsync(() => OverdueLines().Count == 1);
        OverdueLines()[0].Should().StartWith("Warning: orders: the handling of message 1").And.Contain($"{receipt.MessageId}")
            .And.Contain("MaxProcessingTime of 00:00:25");
        await harness.AdvanceAsync(_limit * 3);
        await queue.Producer<int>().SendAsync(2).Soon();
        await HangGuard.UntilAsync(() => Volatile.Read(ref _calls) == 2);
        OverdueLines().Should().ContainSingle("each call is logged once");
        _release.Set();
        await HangGuard.UntilAsync(() => worker.Running == 0);
        worker.Overdue.Should().Be(0);
    }

    private void WaitForRelease() => _release.Wait(HangGuard.Limit);

    private List<string> OverdueLines() => [.. _log.Lines.Where(line => line.Contains("MaxProcessingTime", StringComparison.Ordinal))];

    private List<string> LeaseLines() => [.. _log.Lines.Where(line => line.Contains("the lease of message", StringComparison.Ordinal))];
}
