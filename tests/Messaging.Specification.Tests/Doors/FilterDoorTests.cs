using Messaging.Specification.Tests.Broker;
using Messaging.Specification.Tests.Doors.Hostile;

namespace Messaging.Specification.Tests.Doors;

/// <summary>The door to the conditions of redrive and purge. Contract line 13: the call throws, and the letters that it did not move are still there.</summary>
public sealed class FilterDoorTests
{
    private const int Letters = 5;

    [Theory, EveryStore]
    public async Task Where_Throwing_EndsTheCallAndLosesNothing(StoreKind store)
    {
        foreach (bool redrives in new[] { true, false })
        {
            await using var harness = await BrokerHarness.StartAsync(store);
            IQueue queue = await WithDeadLettersAsync(harness);
            int asked = 0;

            await FluentActions.Awaiting(() => MoveAsync(queue, redrives, _ => ++asked == 3 ? throw new InvalidOperationException("the filter's own fault") : true).Soon())
                .Should().ThrowAsync<InvalidOperationException>().WithMessage("the filter's own fault");

            queue.DeadLetters.Count.Should().Be(Letters - 2);
            queue.Statistics.Ready.Should().Be(redrives ? 2 : 0);
            (await MoveAsync(queue, redrives, null).Soon()).Should().Be(Letters - 2);
            await Neighbours.ShouldGoOnAsync(harness);
        }
    }

    [Theory, EveryStore]
    public async Task Where_UsingTheBroker_ComesBack(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await WithDeadLettersAsync(harness);
        var reentry = new Reentry(() => harness.Broker);

        (await MoveAsync(queue, redrives: true, DoReturn(reentry.Run)).Soon()).Should().Be(Letters);

        reentry.Outcome.Should().Be("ended");
    }

    [Theory, EveryStore]
    public async Task Where_RedrivingItself_MovesEachLetterOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await WithDeadLettersAsync(harness);
        long inner = 0;

        long outer = await MoveAsync(queue, redrives: true, _ =>
        {
            inner += Neighbours.OnThread(() => MoveAsync(queue, redrives: true, null)).Result;
            return true;
        }).Soon();

        (inner + outer).Should().Be(Letters);
        (await harness.DrainAsync<int>(queue)).Should().BeEquivalentTo(Enumerable.Range(0, Letters));
    }

    [Theory, EveryStore]
    public async Task Where_NotComingBack_HoldsItsCallerOnly(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await WithDeadLettersAsync(harness);
        using var held = new HeldCall();
        Task<long> redrive = Neighbours.OnThread(() => MoveAsync(queue, redrives: true, DoReturn(held.Hold)));
        await held.Entered.Soon();

        (await MoveAsync(queue, redrives: false, letter => letter.Sequence == Letters).Soon()).Should().Be(1, "another caller is not held");
        await queue.Producer<int>().SendAsync(9).Soon();
        (await (await queue.Consumer<int>().NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked);
        await Neighbours.ShouldGoOnAsync(harness);

        held.Dispose();
        (await redrive.Soon()).Should().Be(Letters - 1);
    }

    [Theory, EveryStore]
    public async Task Where_LeavingAmbientState_LeavesItToNobody(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = await WithDeadLettersAsync(harness);
        var seen = new List<string>();
        queue.Handle<int>((_, _) =>
        {
            seen.Add(Ambient.Seen());
            return default;
        });

        await Neighbours.OnThread(() => MoveAsync(queue, redrives: true, DoReturn(Ambient.Leave))).Soon();

        await HangGuard.UntilAsync(() => queue.Statistics.Acked == Letters);
        seen.Should().OnlyContain(state => state.Length == 0);
        await Neighbours.ShouldGoOnAsync(harness);
    }

    private static Func<DeadLetter, bool> DoReturn(Action action) => _ =>
    {
        action();
        return true;
    };

    private static Task<long> MoveAsync(IQueue queue, bool redrives, Func<DeadLetter, bool>? where) =>
        (redrives ? queue.DeadLetters.RedriveAsync(where) : queue.DeadLetters.PurgeAsync(where)).AsTask();

    private static async Task<IQueue> WithDeadLettersAsync(BrokerHarness harness)
    {
        IQueue queue = harness.Broker.Queue("orders");
        await using IConsumer<int> consumer = queue.Consumer<int>();
        for (int i = 0; i < Letters; i++)
        {
            await queue.Producer<int>().SendAsync(i).Soon();
            await (await consumer.NextAsync()).DeadLetterAsync("for the test").Soon();
        }

        return queue;
    }
}
