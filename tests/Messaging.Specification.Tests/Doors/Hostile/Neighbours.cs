using Messaging.Specification.Tests.Broker;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Doors.Hostile;

/// <summary>The rest of the broker, which must not notice what happens behind a door.</summary>
internal static class Neighbours
{
    private static int _count;

    /// <summary>Demands that another queue is served, that commits go through, that what is scheduled becomes due, and that handlers begin clean.</summary>
    public static Task ShouldGoOnAsync(BrokerHarness harness) => ShouldGoOnAsync(harness.Broker, harness.Time);

    public static async Task ShouldGoOnAsync(MessageBroker broker, VirtualTime time)
    {
        IQueue queue = broker.Queue($"neighbour-{Interlocked.Increment(ref _count)}");
        IProducer<int> producer = queue.Producer<int>();
        IConsumer<int> consumer = queue.Consumer<int>();
        await producer.SendAsync(1).Soon();
        (await (await consumer.NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked);

        await producer.SendAsync(2, new SendOptions { Delay = TimeSpan.FromSeconds(1) }).Soon();
        await AdvanceAsync(time, TimeSpan.FromSeconds(1));
        Delivery<int> scheduled = await consumer.NextAsync();
        scheduled.Body.Should().Be(2);
        (await scheduled.AckAsync().Soon()).Should().Be(Settlement.Acked);
        await consumer.DisposeAsync();

        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        IWorker worker = queue.Handle<int>((_, _) =>
        {
            seen.TrySetResult(Ambient.Seen());
            return default;
        });
        await producer.SendAsync(3).Soon();
        (await seen.Task.Soon()).Should().BeEmpty("a handler begins in a clean context");
        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 3);
        await worker.DisposeAsync().Soon();
    }

    /// <summary>Moves the clock, which runs the timer's callback, on a thread that the test can do without.</summary>
    public static Task AdvanceAsync(VirtualTime time, TimeSpan by) => OnThread(() => time.Advance(by)).Soon();

    /// <summary>Moves the clock second by second until something has happened: what was put off by a fault comes a little later.</summary>
    public static async Task AdvanceUntilAsync(BrokerHarness harness, Func<bool> condition)
    {
        for (int seconds = 0; seconds < 600 && !condition(); seconds++)
        {
            await AdvanceAsync(harness.Time, TimeSpan.FromSeconds(1));
            await harness.SettleAsync();
        }

        condition().Should().BeTrue("it must happen within ten minutes of the clock");
    }

    /// <summary>Runs a call that may be held on a thread of its own.</summary>
    public static Task OnThread(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Begins a call that may be held on a thread of its own.</summary>
    public static Task<T> OnThread<T>(Func<Task<T>> action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
}
