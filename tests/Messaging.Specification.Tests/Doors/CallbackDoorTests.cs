using Messaging.Specification.Tests.Broker;
using Messaging.Specification.Tests.Doors.Hostile;

namespace Messaging.Specification.Tests.Doors;

/// <summary>The door to callbacks on the tokens of deliveries and handlers. Contract line 13: who cancels a token waits for no callback and fails with none.</summary>
public sealed class CallbackDoorTests
{
    /// <summary>The ways in which a token is cancelled.</summary>
    private static readonly string[] _ways = ["lease ends", "consumer closes", "worker stops"];

    [Theory, EveryStore]
    public async Task Callback_Throwing_ChangesNothing(StoreKind store) =>
        await ShouldChangeNothingAsync(store, static () => throw new InvalidOperationException("the callback's own fault"));

    [Theory, EveryStore]
    public async Task Callback_LeavingAmbientState_LeavesItToNobody(StoreKind store) => await ShouldChangeNothingAsync(store, Ambient.Leave);

    [Theory, EveryStore]
    public async Task Callback_UsingTheBroker_ComesBack(StoreKind store)
    {
        foreach (string way in _ways)
        {
            await using var harness = await BrokerHarness.StartAsync(store);
            var reentry = new Reentry(() => harness.Broker);
            Func<Task> cancel = await RegisterAsync(harness, way, reentry.Run);

            await Neighbours.OnThread(() => cancel().Wait()).Soon();

            await reentry.ShouldHaveEndedAsync();
            await Neighbours.ShouldGoOnAsync(harness);
        }
    }

    [Theory, EveryStore]
    public async Task Callback_NotComingBack_HoldsNobody(StoreKind store)
    {
        foreach (string way in _ways)
        {
            await using var harness = await BrokerHarness.StartAsync(store);
            using var held = new HeldCall();
            Func<Task> cancel = await RegisterAsync(harness, way, held.Hold);
            Task cancelling = Neighbours.OnThread(() => cancel().Wait());
            await held.Entered.Soon();

            // A worker that stops may wait for its handler's callbacks; nobody else does.
            if (way != "worker stops")
            {
                await cancelling.Soon();
            }

            await Neighbours.ShouldGoOnAsync(harness);
            held.Dispose();
            await cancelling.Soon();
        }
    }

    private static async Task ShouldChangeNothingAsync(StoreKind store, Action callback)
    {
        foreach (string way in _ways)
        {
            await using var harness = await BrokerHarness.StartAsync(store);
            var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Func<Task> cancel = await RegisterAsync(harness, way, () =>
            {
                called.TrySetResult();
                callback();
            });

            await Neighbours.OnThread(() => cancel().Wait()).Soon();
            await called.Task.Soon();

            await Neighbours.ShouldGoOnAsync(harness);
            await Neighbours.AdvanceAsync(harness.Time, TimeSpan.FromMinutes(1));
            IQueue queue = harness.Broker.Queue("orders");
            (await (await queue.Consumer<int>().NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked, "the message comes again");
        }
    }

    /// <summary>Registers a callback on a delivery's token.</summary>
    /// <returns>What cancels the token.</returns>
    private static async Task<Func<Task>> RegisterAsync(BrokerHarness harness, string way, Action callback)
    {
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        if (way == "worker stops")
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            IWorker worker = queue.Handle<int>(
                async (_, cancellation) =>
                {
                    var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    cancellation.Register(() => stopped.TrySetResult());
                    cancellation.Register(callback);
                    started.TrySetResult();
                    await stopped.Task;
                    cancellation.ThrowIfCancellationRequested();
                },
                new HandlerOptions { ShutdownTimeout = TimeSpan.Zero });
            await started.Task.Soon();
            return () => worker.DisposeAsync().AsTask();
        }

        IConsumer<int> consumer = queue.Consumer<int>(new ConsumerOptions { LeaseDuration = TimeSpan.FromSeconds(10) });
        (await consumer.NextAsync()).LeaseLost.Register(callback);
        return async () =>
        {
            if (way == "lease ends")
            {
                harness.Time.Advance(TimeSpan.FromSeconds(10));
            }

            await consumer.DisposeAsync();
        };
    }
}
