using System.Collections.Concurrent;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 12: a handler that runs while its worker or broker stops can do all it could before, and is charged nothing.</summary>
public sealed class DrainTests
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(7);

    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory, EveryStore]
    public async Task BrokerDispose_HandlerThatRuns_CanStillSendScheduleAckAndRead(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue orders = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        IQueue parts = harness.Broker.Queue("parts");
        await parts.Producer<int>().SendBatchAsync([new(10), new(11)]).Soon();
        await orders.Producer<int>().SendAsync(1).Soon();
        var done = new ConcurrentQueue<string>();
        orders.Handle<int>(async (delivery, _) =>
        {
            _started.SetResult();
            await _go.Task;
            await using IConsumer<int> consumer = parts.Consumer<int>();
            Delivery<int> part = await consumer.NextAsync();
            done.Enqueue($"read {part.Body}, {await part.AckAsync()}");
            await harness.Broker.Queue("bills").Producer<int>().SendAsync(delivery.Body);
            await harness.Broker.Queue("bills").Producer<int>().SendAsync(2, new() { Delay = TimeSpan.FromHours(1) });
            done.Enqueue($"sent, {parts.Statistics.Ready} ready");
        });
        await _started.Task.Soon();
        MessageBroker broker = harness.Broker;

        Task closing = broker.DisposeAsync().AsTask();
        _go.SetResult();

        await closing.Soon();
        done.Should().Equal("read 10, Acked", "sent, 1 ready");
        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
            harness.Broker.Queue("orders").DeadLetters.Count.Should().Be(0);
            (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().BeEmpty("the handler ended in good order");
            (await harness.DrainAsync<int>(harness.Broker.Queue("parts"))).Should().Equal(11);
            (await harness.DrainAsync<int>(harness.Broker.Queue("bills"))).Should().Equal(1);
            harness.Broker.Queue("bills").Statistics.Scheduled.Should().Be(1);
        }
    }

    [Theory, EveryStore]
    public async Task BrokerDispose_WhileAHandlerRuns_RefusesNewHandlersAndServesTheRest(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;
        IQueue orders = broker.Queue("orders");
        IQueue others = broker.Queue("others");
        await orders.Producer<int>().SendAsync(1).Soon();
        orders.Handle<int>(RunUntilToldAsync);
        await _started.Task.Soon();

        Task closing = broker.DisposeAsync().AsTask();

        others.Invoking(q => q.Handle<int>((_, _) => ValueTask.CompletedTask)).Should().Throw<ObjectDisposedException>();
        others.OpenConsumers.Should().Be(0, "a worker that was refused leaves nothing open");
        await others.Producer<int>().SendAsync(2).Soon();
        IConsumer<int> consumer = others.Consumer<int>();
        (await (await consumer.NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked);
        closing.IsCompleted.Should().BeFalse();
        _go.SetResult();
        await closing.Soon();
        await consumer.Awaiting(c => c.ReceiveAsync().Soon()).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Theory, ReopeningStores]
    public async Task BrokerDispose_HandlersThatWaitForRoomForEver_EndWithTheTimeToStopAndAreChargedNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue orders = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        IQueue full = harness.Broker.Queue("full", new() { Capacity = 1 });
        await full.Producer<int>().SendAsync(0).Soon();
        await orders.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        int running = 0;
        var ends = new ConcurrentQueue<string>();
        orders.Handle<int>(
            async (delivery, cancellation) =>
            {
                Interlocked.Increment(ref running);
                try
                {
                    await full.Producer<int>().SendAsync(delivery.Body, null, delivery.Body == 1 ? cancellation : CancellationToken.None);
                }
                catch (Exception exception)
                {
                    ends.Enqueue($"{delivery.Body}: {(exception is OperationCanceledException ? "cancelled" : exception.GetType().Name)}");
                    throw;
                }
            },
            new() { Concurrency = 2, ShutdownTimeout = TimeSpan.FromSeconds(5), MaxProcessingTime = _longest });
        await HangGuard.UntilAsync(() => Volatile.Read(ref running) == 2);
        await harness.SettleAsync();

        Task closing = harness.Broker.DisposeAsync().AsTask();
        harness.Time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));
        closing.IsCompleted.Should().BeFalse("the handlers have time");
        await AdvanceUntilAsync(harness, closing);

        await closing.Soon();
        await HangGuard.UntilAsync(() => ends.Count == 2);
        // The first one's token is cancelled just before the broker closes.
        ends.Order().First().Should().BeOneOf("1: cancelled", "1: ObjectDisposedException");
        ends.Order().Last().Should().Be("2: ObjectDisposedException");
        await harness.ReopenAsync();
        harness.Broker.Queue("orders").DeadLetters.Count.Should().Be(0);
        await ShouldBeBackAsync(harness, 1, 2);
        (await harness.DrainAsync<int>(harness.Broker.Queue("full"))).Should().Equal(0);
    }

    [Theory, EveryStore]
    public async Task WorkerDispose_WhateverTheHandlerThrowsThen_IsNoFailure(StoreKind store)
    {
        foreach (AckMode mode in (AckMode[])[AckMode.OnReturn, AckMode.Manual])
        {
            foreach (Exception exception in (Exception[])[new InvalidTimeZoneException(), new OperationCanceledException(), new ObjectDisposedException("something")])
            {
                await using var harness = await BrokerHarness.StartAsync(store);
                IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
                await queue.Producer<int>().SendAsync(1).Soon();
                var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                IWorker worker = queue.Handle<int>(
                    async (_, _) =>
                    {
                        started.SetResult();
                        await go.Task;
                        throw exception;
                    },
                    new() { AckMode = mode });
                await started.Task.Soon();

                Task stopping = worker.DisposeAsync().AsTask();
                go.SetResult();

                await stopping.Soon();
                queue.DeadLetters.Count.Should().Be(0, $"it was asked to stop before {exception.GetType().Name}, with {mode}");
                await ShouldBeBackAsync(harness, 1);
            }
        }
    }

    [Theory, EveryStore]
    public async Task WorkerDispose_AHandlerThrowsWhileAnotherRuns_GivesItsMessageToOthersAtOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        await queue.Producer<int>().SendBatchAsync([new(1), new(2)]).Soon();
        var other = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int running = 0;
        IWorker worker = queue.Handle<int>(
            async (delivery, _) =>
            {
                Interlocked.Increment(ref running);
                await (delivery.Body == 1 ? _go.Task : other.Task);
                throw new InvalidTimeZoneException();
            },
            new() { Concurrency = 2 });
        await HangGuard.UntilAsync(() => Volatile.Read(ref running) == 2);

        Task stopping = worker.DisposeAsync().AsTask();
        _go.SetResult();

        Delivery<int> again = await queue.Consumer<int>().NextAsync();
        (again.Body, again.Attempt, again.Failures).Should().Be((1, 2, 0));
        stopping.IsCompleted.Should().BeFalse();
        other.SetResult();
        await stopping.Soon();
        queue.DeadLetters.Count.Should().Be(0);
    }

    [Theory, ReopeningStores]
    public async Task BrokerDispose_OnReceiveHandlerThrows_ChargesNothingAndTheMessageStaysAcked(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        await queue.Producer<int>().SendAsync(1).Soon();
        queue.Handle<int>(RunThenThrowAsync, new() { AckMode = AckMode.OnReceive });
        await _started.Task.Soon();

        Task closing = harness.Broker.DisposeAsync().AsTask();
        _go.SetResult();

        await closing.Soon();
        await harness.ReopenAsync();
        harness.Broker.Queue("orders").DeadLetters.Count.Should().Be(0);
        (await harness.DrainAsync<int>(harness.Broker.Queue("orders"))).Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task WorkerDispose_HandlerEndsAtItsCancellationWithAnotherException_IsNoFailure(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        await queue.Producer<int>().SendAsync(1).Soon();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IWorker? worker = null;
        worker = queue.Handle<int>(
            (_, cancellation) =>
            {
                _started.SetResult();
                var call = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                cancellation.Register(() =>
                {
                    call.SetException(new InvalidTimeZoneException("what my driver throws when it is cancelled"));
                    // Whoever waited for this callback would have charged the failure by now.
                    SpinWait.SpinUntil(() => worker!.Running == 0, HangGuard.Limit);
                    ended.SetResult();
                });
                return new ValueTask(call.Task);
            },
            new() { ShutdownTimeout = TimeSpan.FromSeconds(5), MaxProcessingTime = _longest });
        await _started.Task.Soon();

        Task stopping = worker.DisposeAsync().AsTask();
        await AdvanceUntilAsync(harness, stopping);

        await stopping.Soon();
        await ended.Task.Soon();
        await HangGuard.UntilAsync(() => worker.Running == 0);
        queue.DeadLetters.Count.Should().Be(0);
        await ShouldBeBackAsync(harness, 1);
    }

    [Theory, EveryStore]
    public async Task WorkerDispose_CallbackOnTheTokenThatWaitsForTheStop_DoesNotHoldItUp(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        IWorker? worker = null;
        var blocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        worker = queue.Handle<int>(
            (_, cancellation) =>
            {
                // Without the handler's context: nothing shows whose callback it is.
                cancellation.UnsafeRegister(
                    _ =>
                    {
                        blocked.SetResult();
                        release.Task.Wait(HangGuard.Limit);
                    },
                    null);
                _started.SetResult();
                return new ValueTask(release.Task);
            },
            new() { ShutdownTimeout = TimeSpan.FromSeconds(5), MaxProcessingTime = _longest });
        await _started.Task.Soon();

        Task stopping = worker.DisposeAsync().AsTask();
        await AdvanceUntilAsync(harness, stopping);
        await blocked.Task.Soon();

        await stopping.Soon();
        await ShouldBeBackAsync(harness, 1);
        release.SetResult();
    }

    private async ValueTask RunUntilToldAsync(Delivery<int> delivery, CancellationToken cancellationToken)
    {
        _started.TrySetResult();
        await _go.Task;
    }

    private async ValueTask RunThenThrowAsync(Delivery<int> delivery, CancellationToken cancellationToken)
    {
        await RunUntilToldAsync(delivery, cancellationToken);
        throw new InvalidTimeZoneException();
    }

    /// <summary>Lets the time to stop pass, which begins to run a moment after the stop does. The clock may run far ahead of a slow machine, so the
    /// calls must be allowed <see cref="_longest"/>.</summary>
    private static Task AdvanceUntilAsync(BrokerHarness harness, Task task) => HangGuard.UntilAsync(() =>
    {
        harness.Time.Advance(TimeSpan.FromSeconds(1));
        return task.IsCompleted;
    });

    private static async Task ShouldBeBackAsync(BrokerHarness harness, params int[] bodies)
    {
        IConsumer<int> consumer = harness.Broker.Queue("orders").Consumer<int>();
        var back = new List<(int, int, int)>();
        foreach (int _ in bodies)
        {
            Delivery<int> delivery = await consumer.NextAsync();
            back.Add((delivery.Body, delivery.Attempt, delivery.Failures));
        }

        back.Should().BeEquivalentTo(bodies.Select(body => (body, 2, 0)));
    }
}
