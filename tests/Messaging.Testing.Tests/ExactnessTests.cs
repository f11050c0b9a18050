namespace Messaging.Testing.Tests;

/// <summary>Each scenario a thousand times, on brokers of their own, while other work keeps the thread pool busy: each run must be exact to the tick.</summary>
public sealed class ExactnessTests
{
    private const int Runs = 1_000;
    private static readonly TimeSpan _tick = TimeSpan.FromTicks(1);

    [Fact]
    public Task DelayedDelivery_AThousandTimes_IsExact() => RepeatAsync(async (test, run) =>
    {
        TimeSpan delay = TimeSpan.FromMinutes(5) + TimeSpan.FromTicks(run * 7_919L);
        test.Broker.Queue("later").Handle<int>((_, _) => ValueTask.CompletedTask);
        Receipt receipt = await test.Broker.Queue("later").Producer<int>().SendAsync(run, new() { Delay = delay });

        await test.AdvanceAsync(delay - _tick);
        test.Delivered.None();
        await test.AdvanceAsync(_tick);

        test.Delivered.Of(receipt).At(delay);
        test.Settled.Of(receipt).At(delay);
    });

    [Fact]
    public Task LeaseExpiryAndRedelivery_AThousandTimes_IsExact() => RepeatAsync(async (test, run) =>
    {
        TimeSpan lease = TimeSpan.FromSeconds(30) + TimeSpan.FromTicks(run * 104_729L);
        IQueue queue = test.Broker.Queue("orders", new() { Retry = RetryPolicy.Fixed(TimeSpan.Zero) });
        IConsumer<int> slow = queue.Consumer<int>(new() { LeaseDuration = lease, Prefetch = 1 });
        await queue.Producer<int>().SendAsync(run);
        Delivery<int> late = await slow.ReceiveAsync();

        await test.AdvanceAsync(lease - _tick);
        late.LeaseLost.IsCancellationRequested.Should().BeFalse();
        queue.Consumer<int>().TryReceive(out _).Should().BeFalse();
        queue.Handle<int>((_, _) => ValueTask.CompletedTask);
        await test.AdvanceAsync(_tick);

        test.Observations.Where(seen => seen.Kind == ObservationKind.LeaseLost).At(lease);
        test.Delivered.At(TimeSpan.Zero, lease);
        (await late.AckAsync()).Should().Be(Settlement.LeaseLost);
    });

    [Fact]
    public Task LeasesOfAPolicyOfTheUsers_AThousandTimes_EndExactlyAndInTheirOrder() => RepeatAsync(async (test, run) =>
    {
        TimeSpan lease = TimeSpan.FromSeconds(30) + TimeSpan.FromTicks(run * 104_729L);
        IQueue queue = test.Broker.Queue("orders", new() { Retry = new ImpatientPolicy() });
        IConsumer<int> slow = queue.Consumer<int>(new() { LeaseDuration = lease });
        await queue.Producer<int>().SendBatchAsync([new(1), new(2), new(3)]);
        for (int i = 0; i < 3; i++)
        {
            await slow.ReceiveAsync();
        }

        await test.AdvanceAsync(2 * lease);

        test.Observations.Where(seen => seen.Kind == ObservationKind.LeaseLost).At(lease, lease, lease);
        for (int body = 1; body <= 3; body++)
        {
            (await slow.ReceiveAsync()).Body.Should().Be(body);
        }
    });

    [Fact]
    public Task FiveStepExponentialRetry_AThousandTimes_IsExact() => RepeatAsync(async (test, run) =>
    {
        TimeSpan first = TimeSpan.FromSeconds(1) + TimeSpan.FromTicks(run * 7_919L);
        test.Broker.Queue("charges").Handle<int>(
            (_, _) => throw new InvalidOperationException("payment down"),
            new() { Retry = RetryPolicy.Exponential(first, TimeSpan.FromHours(1), maxFailures: 6, jitter: RetryJitter.None) });
        await test.Broker.Queue("charges").Producer<int>().SendAsync(run);

        await test.AdvanceAsync(TimeSpan.FromHours(1));

        test.Delivered.At(TimeSpan.Zero, first, 3 * first, 7 * first, 15 * first, 31 * first);
        test.DeadLettered.At(31 * first);
    });

    [Fact]
    public Task RenewalDuringALongHandler_AThousandTimes_IsExact() => RepeatAsync(async (test, run) =>
    {
        // Task.Delay counts whole milliseconds.
        TimeSpan work = TimeSpan.FromMinutes(50) + TimeSpan.FromMilliseconds(run);
        test.Broker.Queue("slow").Handle<int>(
            async (_, token) => await Task.Delay(work, test.Time, token),
            new() { LeaseDuration = TimeSpan.FromSeconds(10), MaxProcessingTime = TimeSpan.FromHours(1), Concurrency = 2 });
        await test.Broker.Queue("slow").Producer<int>().SendAsync(run);

        await test.AdvanceAsync(work - _tick);
        test.Settled.None();
        await test.AdvanceAsync(_tick);

        test.Settled.At(work);
        test.Delivered.At(TimeSpan.Zero);
        test.Observations.Where(seen => seen.Kind == ObservationKind.LeaseLost).None();
    });

    [Fact]
    public Task CancelAtTheLastTick_AThousandTimes_IsExact() => RepeatAsync(async (test, run) =>
    {
        TimeSpan delay = TimeSpan.FromHours(1) + TimeSpan.FromTicks(run);
        test.Broker.Queue("later").Handle<int>((_, _) => ValueTask.CompletedTask);
        IProducer<int> producer = test.Broker.Queue("later").Producer<int>();
        Receipt cancelled = await producer.SendAsync(1, new() { Delay = delay });
        Receipt delivered = await producer.SendAsync(2, new() { Delay = delay });

        await test.AdvanceAsync(delay - _tick);
        (await test.Broker.CancelAsync(cancelled.MessageId)).Should().BeTrue();
        await test.AdvanceAsync(_tick);

        (await test.Broker.CancelAsync(delivered.MessageId)).Should().BeFalse();
        test.Delivered.Of(delivered).At(delay);
        test.Delivered.Of(cancelled).None();
    });

    /// <summary>Several runs at a time, since each of them mostly waits for its turn beside the other work.</summary>
    private static async Task RepeatAsync(Func<TestBroker, int, Task> scenario)
    {
        using var busy = new BusyThreadPool();
        var sideBySide = new ParallelOptions { MaxDegreeOfParallelism = 16 };
        await Parallel.ForEachAsync(Enumerable.Range(0, Runs), sideBySide, async (run, _) =>
        {
            await using TestBroker test = TestBroker.Start();
            await scenario(test, run);
        });
    }

    /// <summary>A policy that is not the package's, so that it is asked apart from the timer.</summary>
    private sealed class ImpatientPolicy : RetryPolicy
    {
        public override int MaxFailures => 9;

        public override TimeSpan DelayAfter(int failures, ulong seed) => TimeSpan.Zero;
    }
}
