using Messaging.Specification.Tests.Broker;
using Messaging.Specification.Tests.Doors.Hostile;

namespace Messaging.Specification.Tests.Doors;

/// <summary>The door to callers who await: what they do next, and the context in which they want to do it, hold nobody else.</summary>
public sealed class AwaiterDoorTests
{
    [Theory, EveryStore]
    public async Task Continuation_NotComingBack_HoldsItsCallerOnly(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        using var held = new HeldCall();
        // Not on this thread: a send in memory comes back to its caller at once.
        Task<int> calling = Neighbours.OnThread(async () =>
        {
            await AfterEachCallAsync(harness, held.Hold).ConfigureAwait(false);
            return 0;
        });
        await held.Entered.Soon();

        await Neighbours.ShouldGoOnAsync(harness);

        held.Dispose();
        await calling.Soon();
    }

    [Theory, EveryStore]
    public async Task Continuation_UsingTheBroker_ComesBack(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        for (int call = 0; call < 3; call++)
        {
            int calls = call;
            var reentry = new Reentry(() => harness.Broker);

            await AfterEachCallAsync(harness, () => _ = calls-- == 0 ? Run(reentry) : 0).Soon();

            reentry.Outcome.Should().Be("ended");
        }
    }

    [Theory, EveryStore]
    public async Task Continuation_ThrowingOrLeavingAmbientState_ChangesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);

        await FluentActions.Awaiting(() => AfterEachCallAsync(harness, static () => throw new InvalidOperationException("the caller's own fault")).Soon())
            .Should().ThrowAsync<InvalidOperationException>();
        await harness.DrainAsync<int>(harness.Broker.Queue("orders"));
        await AfterEachCallAsync(harness, Ambient.Leave).Soon();

        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("is slow")]
    [InlineData("uses the broker")]
    [InlineData("leaves ambient state")]
    [InlineData("forgets")]
    public async Task Context_OfACallerWhoAwaitsACommit_HoldsNoCommit(string behaviour)
    {
        foreach (StoreKind store in new[] { StoreKind.InMemoryStore, StoreKind.Sqlite, StoreKind.JsonFile })
        {
            await using var harness = await BrokerHarness.StartAsync(store);
            using var held = new HeldCall();
            var reentry = new Reentry(() => harness.Broker);
            var posted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Action posting = behaviour switch
            {
                "throws" => static () => throw new InvalidOperationException("the context is closed"),
                "is slow" => held.Hold,
                "uses the broker" => reentry.Run,
                "leaves ambient state" => Ambient.Leave,
                _ => Forget,
            };
            var context = new HostileContext(() =>
            {
                posted.TrySetResult();
                posting();
            });
            _ = Neighbours.OnThread(() =>
            {
                SynchronizationContext.SetSynchronizationContext(context);
                _ = SendInContextAsync(harness.Broker.Queue("orders"));
            });
            await posted.Task.Soon();

            await Neighbours.ShouldGoOnAsync(harness);

            if (behaviour == "uses the broker")
            {
                await reentry.ShouldHaveEndedAsync();
            }
        }
    }

    private static void Forget()
    {
        // The caller is never resumed.
    }

    private static int Run(Reentry reentry)
    {
        reentry.Run();
        return 0;
    }

    /// <summary>Sends again and again, since a commit may have ended before its caller awaits it: then nothing is posted.</summary>
    private static async Task SendInContextAsync(IQueue queue)
    {
        IProducer<int> producer = queue.Producer<int>();
        while (true)
        {
            await producer.SendAsync(1);
        }
    }

    /// <summary>Sends, receives and acknowledges, and does something at once after each of these calls.</summary>
    private static async Task AfterEachCallAsync(BrokerHarness harness, Action action)
    {
        IQueue queue = harness.Broker.Queue("orders");
        await using IConsumer<int> consumer = queue.Consumer<int>();
        Task<Delivery<int>> receiving = ReceiveAsync();
        await queue.Producer<int>().SendAsync(1).ConfigureAwait(false);
        action();
        Delivery<int> delivery = await receiving.ConfigureAwait(false);
        await delivery.AckAsync().ConfigureAwait(false);
        action();

        async Task<Delivery<int>> ReceiveAsync()
        {
            Delivery<int> received = await consumer.ReceiveAsync().ConfigureAwait(false);
            action();
            return received;
        }
    }

    /// <summary>A context as that of a window that was closed.</summary>
    private sealed class HostileContext(Action posting) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback callback, object? state) => posting();
    }
}
