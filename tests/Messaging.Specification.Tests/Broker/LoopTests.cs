namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 13: a loop that meets an unexpected exception is logged, gives its message back, and goes on.</summary>
public sealed class LoopTests
{
    private readonly RecordingLog _log = new();
    private readonly ThrowingObserver _observer = new();

    [Theory, EveryStore]
    public async Task Worker_SomethingUnexpectedIsThrownInItsLoop_GoesOnAndTheMessageComesWithoutAFailure(StoreKind store)
    {
        await using BrokerHarness harness = await StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        await queue.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        _observer.Throws(times: 2);
        var handled = new List<(int, int)>();
        await using IWorker worker = queue.Handle<int>(
            (delivery, _) =>
            {
                handled.Add((delivery.Body, delivery.Failures));
                return ValueTask.CompletedTask;
            },
            new() { MaxProcessingTime = TimeSpan.FromDays(7) });

        await HangGuard.UntilAsync(() => LoopLines().Count == 1 && worker.Running == 0);
        queue.Statistics.Waiting.Should().Be(1, "it is put off, so that nothing spins");
        await HangGuard.UntilAsync(() =>
        {
            // While the loop rests only: the clock could run away from a call that the machine is slow to go on with.
            if (worker.Running == 0)
            {
                harness.Time.Advance(TimeSpan.FromSeconds(1));
            }

            return queue.Statistics.Acked == 2;
        });

        await harness.SettleAsync();
        handled.Should().BeEquivalentTo([(1, 0), (2, 0)]);
        LoopLines().Should().HaveCount(2);
        LoopLines()[0].Should().StartWith("Error: orders: a loop of a handler").And.Contain("number 1 of this handler");
        LoopLines()[1].Should().Contain("number 2 of this handler");
    }

    [Theory, EveryStore]
    public async Task Worker_StoppedWhileALoopRests_EndsAtOnce(StoreKind store)
    {
        await using BrokerHarness harness = await StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        _observer.Throws(times: 1);
        IWorker worker = queue.Handle<int>((_, _) => ValueTask.CompletedTask);
        await HangGuard.UntilAsync(() => LoopLines().Count == 1);

        await worker.DisposeAsync().Soon();

        await harness.AdvanceAsync(TimeSpan.FromSeconds(1));
        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
    }

    [Theory, EveryStore]
    public async Task Consumer_SomethingUnexpectedIsThrown_ThrowsAndTheMessageComesWithoutAFailure(StoreKind store)
    {
        await using BrokerHarness harness = await StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        await queue.Producer<int>().SendAsync(1).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        _observer.Throws(times: 1);

        await consumer.Awaiting(c => c.ReceiveAsync().Soon()).Should().ThrowAsync<InvalidTimeZoneException>();

        queue.Statistics.Waiting.Should().Be(1);
        await harness.AdvanceAsync(TimeSpan.FromSeconds(1));
        Delivery<int> delivery = await consumer.NextAsync();
        (delivery.Body, delivery.Failures).Should().Be((1, 0));
    }

    private Task<BrokerHarness> StartAsync(StoreKind store) =>
        BrokerHarness.StartAsync(store, options => options with { LoggerFactory = _log, Observer = _observer });

    private List<string> LoopLines() => [.. _log.Lines.Where(line => line.Contains("a loop of a handler", StringComparison.Ordinal))];
}
