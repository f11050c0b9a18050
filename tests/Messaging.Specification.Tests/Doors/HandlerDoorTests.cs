using System.Threading.Tasks.Sources;
using Messaging.Specification.Tests.Broker;
using Messaging.Specification.Tests.Doors.Hostile;

namespace Messaging.Specification.Tests.Doors;

/// <summary>The door to handlers. Contract lines 13 and 15: a handler has its own message and its own slot, and nothing else.</summary>
public sealed class HandlerDoorTests
{
    [Theory, EveryStore]
    public async Task Handler_ThrowingAtOnceOrLater_FailsItsOwnMessage(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await ShouldFailTheFirstOnlyAsync(harness, static () => throw new InvalidOperationException("the handler's own fault"), "at-once");
        await ShouldFailTheFirstOnlyAsync(harness, static async () =>
        {
            await Task.Yield();
            throw new InvalidOperationException("the handler's own fault");
        }, "later");
    }

    [Theory, EveryStore]
    public async Task Handler_UsingTheBroker_ComesBack(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var reentry = new Reentry(() => harness.Broker);
        IQueue queue = harness.Broker.Queue("orders");
        queue.Handle<int>((_, _) =>
        {
            reentry.Run();
            return default;
        });
        await queue.Producer<int>().SendAsync(1).Soon();

        await reentry.ShouldHaveEndedAsync();

        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1);
        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Handler_NotComingBack_HoldsItsOwnSlot(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        using var held = new HeldCall();
        IQueue queue = harness.Broker.Queue("orders");
        queue.Handle<int>(
            (_, _) =>
            {
                held.Hold();
                return default;
            },
            new HandlerOptions { Concurrency = 2 });
        await queue.Producer<int>().SendAsync(1).Soon();
        await held.Entered.Soon();

        await queue.Producer<int>().SendAsync(2).Soon();
        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1);
        await Neighbours.ShouldGoOnAsync(harness);

        held.Dispose();
        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 2);
    }

    [Theory, EveryStore]
    public async Task Handler_LeavingAmbientState_LeavesItToNobody(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var seen = new List<string>();
        queue.Handle<int>((_, _) =>
        {
            seen.Add(Ambient.Seen());
            Ambient.Leave();
            return default;
        });
        for (int i = 0; i < 10; i++)
        {
            await queue.Producer<int>().SendAsync(i).Soon();
        }

        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 10);
        seen.Should().HaveCount(10).And.OnlyContain(state => state.Length == 0);
        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Handler_StartedInAmbientState_SeesNothingOfIt(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var seen = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await Neighbours.OnThread(() =>
        {
            Ambient.Leave();
            queue.Handle<int>((_, _) =>
            {
                seen.TrySetResult(Ambient.Seen());
                return default;
            });
        });

        await queue.Producer<int>().SendAsync(1).Soon();

        (await seen.Task.Soon()).Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task Broker_OpenedInAmbientState_GivesNothingOfItToHandlers(StoreKind store)
    {
        BrokerHarness harness = await Neighbours.OnThread(() =>
        {
            Ambient.Leave();
            return BrokerHarness.StartAsync(store);
        });
        await using (harness)
        {
            await Neighbours.ShouldGoOnAsync(harness);
        }
    }

    [Theory, EveryStore]
    public async Task Handler_ReturningATaskThatThrows_FailsItsOwnMessage(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        foreach (string fault in new[] { "status", "completion", "result" })
        {
            await ShouldFailTheFirstOnlyAsync(harness, () => new ValueTask(new HostileTask(fault), 1), fault);
        }
    }

    [Theory, EveryStore]
    public async Task Handler_WithTasksReturningNothing_FailsItsOwnMessage(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.None });
        queue.Handle<int>((delivery, _) => delivery.Body == 1 ? null! : Task.CompletedTask);
        await queue.Producer<int>().SendAsync(1).Soon();
        await queue.Producer<int>().SendAsync(2).Soon();

        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1 && queue.Statistics.Acked == 1);
        await Neighbours.ShouldGoOnAsync(harness);
    }

    private static async Task ShouldFailTheFirstOnlyAsync(BrokerHarness harness, Func<ValueTask> handling, string name)
    {
        IQueue queue = harness.Broker.Queue(name, new QueueOptions { Retry = RetryPolicy.None });
        queue.Handle<int>((delivery, _) => delivery.Body == 1 ? handling() : default);
        await queue.Producer<int>().SendAsync(1).Soon();
        await queue.Producer<int>().SendAsync(2).Soon();

        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1 && queue.Statistics.Acked == 1);
        await Neighbours.ShouldGoOnAsync(harness);
    }

    /// <summary>What a task of a user's own may stand on.</summary>
    private sealed class HostileTask(string fault) : IValueTaskSource
    {
        public ValueTaskSourceStatus GetStatus(short token) =>
            fault == "status" ? throw new InvalidOperationException("no status") : fault == "completion" ? ValueTaskSourceStatus.Pending : ValueTaskSourceStatus.Succeeded;

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            throw new InvalidOperationException("no completion");

        public void GetResult(short token) => throw new InvalidOperationException("no result");
    }
}
