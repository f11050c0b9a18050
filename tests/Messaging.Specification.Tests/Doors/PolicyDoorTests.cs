using Messaging.Specification.Tests.Broker;
using Messaging.Specification.Tests.Doors.Hostile;

namespace Messaging.Specification.Tests.Doors;

/// <summary>The door to retry policies. Contract line 13: a policy costs its own message at most a delay, on whatever thread the message failed.</summary>
public sealed class PolicyDoorTests
{
    private static readonly TimeSpan _longest = TimeSpan.FromDays(3_650);

    [Theory, EveryFailure]
    public async Task DelayAfter_Throwing_CostsTheDefaultDelayAndIsLogged(StoreKind store, FailureWay way) =>
        await ShouldCostTheDefaultDelayAsync(store, way, new DoorPolicy { Delay = static () => throw new InvalidOperationException("the policy's own fault") });

    [Theory, EveryFailure]
    public async Task MaxFailures_Throwing_CostsTheDefaultDelayAndIsLogged(StoreKind store, FailureWay way) =>
        await ShouldCostTheDefaultDelayAsync(store, way, new DoorPolicy { Failures = static () => throw new InvalidOperationException("the policy's own fault") });

    [Theory, EveryFailure]
    public async Task DelayAfter_UsingTheBroker_ComesBack(StoreKind store, FailureWay way)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var reentry = new Reentry(() => harness.Broker);
        FailingMessage message = await FailingMessage.BeginAsync(harness, way, OptionsOf(new DoorPolicy { Delay = DoorPolicy.After(reentry.Run, TimeSpan.FromSeconds(1)) }));

        await reentry.ShouldHaveEndedAsync();

        await message.ShouldComeAgainAsync();
    }

    [Theory, EveryFailure]
    public async Task MaxFailures_UsingTheBroker_ComesBack(StoreKind store, FailureWay way)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var reentry = new Reentry(() => harness.Broker);
        FailingMessage message = await FailingMessage.BeginAsync(harness, way, OptionsOf(new DoorPolicy { Failures = DoorPolicy.After(reentry.Run, 9) }));

        await reentry.ShouldHaveEndedAsync();

        await message.ShouldComeAgainAsync();
    }

    [Theory, EveryFailure]
    public async Task DelayAfter_NotComingBack_HoldsItsOwnMessageOnly(StoreKind store, FailureWay way)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        using var held = new HeldCall();
        FailingMessage message = await FailingMessage.BeginAsync(harness, way, OptionsOf(new DoorPolicy { Delay = DoorPolicy.After(held.Hold, TimeSpan.FromSeconds(1)) }));
        await held.Entered.Soon();

        await ShouldBeServedAsync(harness);

        held.Dispose();
        await message.ShouldComeAgainAsync();
    }

    [Theory, EveryFailure]
    public async Task MaxFailures_NotComingBack_HoldsItsOwnMessageOnly(StoreKind store, FailureWay way)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        using var held = new HeldCall();
        FailingMessage message = await FailingMessage.BeginAsync(harness, way, OptionsOf(new DoorPolicy { Failures = DoorPolicy.After(held.Hold, 9) }));
        await held.Entered.Soon();

        await ShouldBeServedAsync(harness);

        held.Dispose();
        await message.ShouldComeAgainAsync();
    }

    [Theory, EveryFailure]
    public async Task Policy_LeavingAmbientState_LeavesItToNobody(StoreKind store, FailureWay way)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        FailingMessage message = await FailingMessage.BeginAsync(
            harness,
            way,
            OptionsOf(new DoorPolicy { Delay = DoorPolicy.After(Ambient.Leave, TimeSpan.FromSeconds(1)), Failures = DoorPolicy.After(Ambient.Leave, 9) }));

        await message.ShouldComeAgainAsync();

        message.Seen.Should().NotContain(seen => seen.Length > 0);
        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryFailure]
    public async Task DelayAfter_ReturningLessThanZero_MeansAtOnce(StoreKind store, FailureWay way)
    {
        foreach (TimeSpan delay in new[] { TimeSpan.FromTicks(-1), TimeSpan.FromDays(-1), TimeSpan.MinValue })
        {
            await using var harness = await BrokerHarness.StartAsync(store);
            FailingMessage message = await FailingMessage.BeginAsync(harness, way, OptionsOf(new DoorPolicy { Delay = () => delay }));

            await message.Call.Soon();
            await HangGuard.UntilAsync(() => harness.Broker.Queue("orders").Statistics.Acked == 1);

            await Neighbours.ShouldGoOnAsync(harness);
        }
    }

    [Theory, EveryFailure]
    public async Task DelayAfter_ReturningMoreThanTheRange_MeansItsEnd(StoreKind store, FailureWay way)
    {
        foreach (TimeSpan delay in new[] { Timeout.InfiniteTimeSpan, TimeSpan.MaxValue, _longest + TimeSpan.FromTicks(1) })
        {
            await using var harness = await BrokerHarness.StartAsync(store);
            FailingMessage message = await FailingMessage.BeginAsync(harness, way, OptionsOf(new DoorPolicy { Delay = () => delay }));
            await message.Call.Soon();
            IQueue queue = harness.Broker.Queue("orders");
            await HangGuard.UntilAsync(() => queue.Statistics.Waiting == 1);

            await Neighbours.ShouldGoOnAsync(harness);
            await Neighbours.AdvanceAsync(harness.Time, _longest - TimeSpan.FromDays(1));
            queue.Statistics.Waiting.Should().Be(1);

            await Neighbours.AdvanceAsync(harness.Time, TimeSpan.FromDays(1));
            await HangGuard.UntilAsync(() => queue.Statistics.Acked == 1);
        }
    }

    [Theory, ReopeningStores]
    public async Task DelayAfter_ReturningMoreThanTheRange_IsStoredSoThatItCanBeOpenedAgain(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await FailingMessage.BeginAsync(harness, FailureWay.HandlerThrows, OptionsOf(new DoorPolicy { Delay = static () => TimeSpan.MaxValue }));
        await HangGuard.UntilAsync(() => harness.Broker.Queue("orders").Statistics.Waiting == 1);

        await harness.ReopenAsync();

        harness.Broker.Queue("orders").Statistics.Waiting.Should().Be(1);
        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryFailure]
    public async Task MaxFailures_ReturningLessThanOne_MeansOne(StoreKind store, FailureWay way)
    {
        foreach (int failures in new[] { 0, -1, int.MinValue })
        {
            await using var harness = await BrokerHarness.StartAsync(store);
            FailingMessage message = await FailingMessage.BeginAsync(harness, way, OptionsOf(new DoorPolicy { Failures = () => failures }));

            await message.Call.Soon();
            await HangGuard.UntilAsync(() => harness.Broker.Queue("orders").DeadLetters.Count == 1);

            await Neighbours.ShouldGoOnAsync(harness);
        }
    }

    private static QueueOptions OptionsOf(RetryPolicy policy) => new() { Retry = policy };

    private static async Task ShouldCostTheDefaultDelayAsync(StoreKind store, FailureWay way, RetryPolicy policy)
    {
        var log = new RecordingLog();
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });

        FailingMessage message = await FailingMessage.BeginAsync(harness, way, OptionsOf(policy));

        await message.ShouldComeAgainAsync();
        await Neighbours.ShouldGoOnAsync(harness);
        await HangGuard.UntilAsync(() => log.Lines.Any(line => line.Contains(nameof(DoorPolicy), StringComparison.Ordinal)));
    }

    /// <summary>Demands that the same queue and all others are served.</summary>
    private static async Task ShouldBeServedAsync(BrokerHarness harness)
    {
        IQueue queue = harness.Broker.Queue("orders");
        await Task.Run(() => queue.Statistics).Soon();
        await queue.Producer<int>().SendAsync(2).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        await HangGuard.UntilAsync(() =>
        {
            if (consumer.TryReceive(out Delivery<int> delivery))
            {
                _ = delivery.AckAsync().AsTask();
            }

            return queue.Statistics.Acked > 0;
        });
        await consumer.DisposeAsync();
        await Neighbours.ShouldGoOnAsync(harness);
    }
}
