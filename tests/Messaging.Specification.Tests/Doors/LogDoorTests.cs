using Messaging.Specification.Tests.Broker;
using Messaging.Specification.Tests.Doors.Hostile;
using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Doors;

/// <summary>The door to loggers. Contract line 13: what a logger does changes nothing of what is logged, on whatever thread that happens.</summary>
public sealed class LogDoorTests
{
    private static readonly QueueOptions _givesUpAtOnce = new() { Retry = RetryPolicy.None };

    [Theory, EveryFailure]
    public async Task Log_Throwing_ChangesNothing(StoreKind store, FailureWay way) =>
        await ShouldDeadLetterAsync(store, way, new DoorLog(static _ => throw new InvalidOperationException("the logger's own fault")));

    [Theory, EveryFailure]
    public async Task IsEnabled_Throwing_ChangesNothing(StoreKind store, FailureWay way) =>
        await ShouldDeadLetterAsync(store, way, new DoorLog(static _ => { }) { Enabled = static () => throw new InvalidOperationException("the logger's own fault") });

    [Theory, EveryFailure]
    public async Task IsEnabled_ReturningFalse_ChangesNothing(StoreKind store, FailureWay way) =>
        await ShouldDeadLetterAsync(store, way, new DoorLog(static _ => { }) { Enabled = static () => false });

    [Theory, EveryFailure]
    public async Task Log_UsingTheBroker_ComesBack(StoreKind store, FailureWay way)
    {
        BrokerHarness? harness = null;
        var reentry = new Reentry(() => harness!.Broker);
        await using (harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = new DoorLog(_ => reentry.Run()) }))
        {
            FailingMessage message = await FailingMessage.BeginAsync(harness, way, _givesUpAtOnce);

            await reentry.ShouldHaveEndedAsync();

            await ShouldBeDeadAsync(harness, message);
        }
    }

    [Theory, EveryFailure]
    public async Task Log_NotComingBack_HoldsNobody(StoreKind store, FailureWay way)
    {
        using var held = new HeldCall();
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = new DoorLog(_ => held.Hold()) });
        try
        {
            FailingMessage message = await FailingMessage.BeginAsync(harness, way, _givesUpAtOnce);
            await held.Entered.Soon();

            await ShouldBeDeadAsync(harness, message);
        }
        finally
        {
            held.Dispose();
        }
    }

    [Theory, EveryFailure]
    public async Task Log_LeavingAmbientState_LeavesItToNobody(StoreKind store, FailureWay way)
    {
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = new DoorLog(static _ => Ambient.Leave()) });
        FailingMessage message = await FailingMessage.BeginAsync(harness, way, _givesUpAtOnce);
        await ShouldBeDeadAsync(harness, message);

        await harness.Broker.Queue("orders").Producer<int>().SendAsync(2).Soon();
        await HangGuard.UntilAsync(() => way != FailureWay.HandlerThrows || harness.Broker.Queue("orders").Statistics.Acked == 1);

        message.Seen.Should().NotContain(seen => seen.Length > 0);
    }

    [Theory]
    [InlineData("throws")]
    [InlineData("uses the broker")]
    [InlineData("is slow")]
    [InlineData("leaves ambient state")]
    public async Task Log_OfTheWritersThread_HoldsNoCommit(string behaviour)
    {
        StoredBroker? broker = null;
        var reentry = new Reentry(() => broker!.Broker);
        using var held = new HeldCall();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var store = new FaultyStore();
        var log = new DoorLog(_ =>
        {
            // The send was refused. What the logger does with the broker is to be stored.
            store.FailCommits(null);
            entered.TrySetResult();
            Action action = behaviour switch
            {
                "throws" => static () => throw new InvalidOperationException("the logger's own fault"),
                "uses the broker" => reentry.Run,
                "is slow" => held.Hold,
                _ => Ambient.Leave,
            };
            action();
        });
        await using (broker = await StoredBroker.OpenAsync(store, new BrokerOptions { LoggerFactory = log }))
        {
            IQueue queue = broker.Broker.Queue("orders");
            await queue.Producer<int>().SendAsync(1).Soon();

            store.FailCommits(static () => new StoreException("the disk is full"));
            await FluentActions.Awaiting(() => queue.Producer<int>().SendAsync(2).Soon()).Should().ThrowAsync<StoreException>();
            await entered.Task.Soon();

            try
            {
                await broker.ShouldGoOnAsync();
            }
            finally
            {
                held.Dispose();
            }

            reentry.Outcome.Should().Be(behaviour == "uses the broker" ? "ended" : "");
        }
    }

    [Theory, EveryStore]
    public async Task CreateLogger_Throwing_RefusesToOpenAndOpensLater(StoreKind store)
    {
        bool throws = true;
        var log = new RecordingLog();
        var factory = new DoorLog(static _ => { }) { Creating = () => throws ? throw new InvalidOperationException("the factory's own fault") : log };

        await FluentActions.Awaiting(() => BrokerHarness.StartAsync(store, options => options with { LoggerFactory = factory }))
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("*the factory's own fault*");

        throws = false;
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = factory });
        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Fact]
    public async Task CreateLogger_Throwing_ClosesTheStore()
    {
        var store = new DoorStore();
        var factory = new DoorLog(static _ => { }) { Creating = static () => throw new InvalidOperationException("the factory's own fault") };

        await FluentActions.Awaiting(() => MessageBroker.OpenAsync(store, new BrokerOptions { LoggerFactory = factory }).AsTask())
            .Should().ThrowAsync<InvalidOperationException>();

        store.Closed.Should().Be(1, "the broker owns the store, also when opening fails");
    }

    [Theory, EveryFailure]
    public async Task CreateLogger_ReturningNothing_LogsNothingOrRefusesByName(StoreKind store, FailureWay way)
    {
        var factory = new DoorLog(static _ => { }) { Creating = static () => null };
        BrokerHarness harness;
        try
        {
            harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = factory });
        }
        catch (Exception refusal)
        {
            refusal.Message.Should().Contain(nameof(DoorLog), "a refusal names who returned nothing");
            return;
        }

        await using (harness)
        {
            await ShouldBeDeadAsync(harness, await FailingMessage.BeginAsync(harness, way, _givesUpAtOnce));
        }
    }

    private static async Task ShouldDeadLetterAsync(StoreKind store, FailureWay way, DoorLog log)
    {
        await using var harness = await BrokerHarness.StartAsync(store, options => options with { LoggerFactory = log });

        await ShouldBeDeadAsync(harness, await FailingMessage.BeginAsync(harness, way, _givesUpAtOnce));
    }

    private static async Task ShouldBeDeadAsync(BrokerHarness harness, FailingMessage message)
    {
        await message.Call.Soon();
        IQueue queue = harness.Broker.Queue("orders");
        await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 1);
        await Neighbours.ShouldGoOnAsync(harness);
    }
}
