using Messaging.Specification.Tests.Broker;
using Messaging.Specification.Tests.Doors.Hostile;

namespace Messaging.Specification.Tests.Doors;

/// <summary>The door to what options compare and say of themselves, as a retry policy of the user's does. Contract line 13: only the call that gives them notices.</summary>
public sealed class OptionsDoorTests
{
    [Theory, EveryStore]
    public async Task Policy_ThrowingWhenCompared_FailsTheCallOnly(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        (Action again, _) = await NamedTwiceAsync(harness, new DoorPolicy { Comparing = static () => throw new InvalidOperationException("the policy's own fault") });

        again.Should().Throw<InvalidOperationException>();

        await ShouldServeAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Policy_ThrowingWhenDescribed_FailsTheCallOnlyAndSaysWhy(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        (Action again, _) = await NamedTwiceAsync(harness, new DoorPolicy { Describing = static () => throw new InvalidOperationException("the policy's own fault") });

        again.Should().Throw<InvalidOperationException>().WithMessage("*'orders' is in use with other options*");

        await ShouldServeAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Policy_UsingTheBrokerWhenComparedOrDescribed_ComesBack(StoreKind store)
    {
        foreach (bool compares in new[] { true, false })
        {
            await using var harness = await BrokerHarness.StartAsync(store);
            var reentry = new Reentry(() => harness.Broker);
            (Action again, _) = await NamedTwiceAsync(harness, PolicyOf(compares, reentry.Run));

            again.Should().Throw<InvalidOperationException>();

            reentry.Outcome.Should().Be("ended");
        }
    }

    [Theory, EveryStore]
    public async Task Policy_NotComingBackWhenComparedOrDescribed_HoldsItsCallerOnly(StoreKind store)
    {
        foreach (bool compares in new[] { true, false })
        {
            await using var harness = await BrokerHarness.StartAsync(store);
            using var held = new HeldCall();
            (Action again, _) = await NamedTwiceAsync(harness, PolicyOf(compares, held.Hold));
            Task naming = Neighbours.OnThread(again);
            await held.Entered.Soon();

            await Neighbours.OnThread(() => ShouldServeAsync(harness).Wait()).Soon();

            held.Dispose();
            await FluentActions.Awaiting(() => naming.Soon()).Should().ThrowAsync<InvalidOperationException>();
        }
    }

    [Theory, EveryStore]
    public async Task Policy_LeavingAmbientStateWhenCompared_LeavesItToNobody(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        (Action again, _) = await NamedTwiceAsync(harness, PolicyOf(compares: true, Ambient.Leave));

        await FluentActions.Awaiting(() => Neighbours.OnThread(again).Soon()).Should().ThrowAsync<InvalidOperationException>();

        await ShouldServeAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Policy_EqualToEverythingOrSayingNothing_ChangesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        (Action again, IQueue queue) = await NamedTwiceAsync(harness, new DoorPolicy { Comparing = static () => true, Describing = static () => null! });

        again.Should().NotThrow("the policies say that they are the same");

        queue.Name.Should().Be("orders");
        await ShouldServeAsync(harness);
    }

    private static DoorPolicy PolicyOf(bool compares, Action action) => new()
    {
        Comparing = compares ? DoorPolicy.After(action, false) : static () => false,
        Describing = compares ? static () => "a policy" : DoorPolicy.After(action, "a policy"),
    };

    /// <summary>Names a queue with a policy.</summary>
    /// <returns>What names it again, with another policy of the kind.</returns>
    private static async Task<(Action Again, IQueue Queue)> NamedTwiceAsync(BrokerHarness harness, DoorPolicy policy)
    {
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Retry = policy });
        await queue.Producer<int>().SendAsync(1).Soon();
        return (() => harness.Broker.Queue("orders", new QueueOptions { Retry = new DoorPolicy { Comparing = policy.Comparing, Describing = policy.Describing } }), queue);
    }

    private static async Task ShouldServeAsync(BrokerHarness harness)
    {
        IConsumer<int> consumer = harness.Broker.Queue("orders").Consumer<int>();
        (await (await consumer.NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked);
        await Neighbours.ShouldGoOnAsync(harness);
    }
}
