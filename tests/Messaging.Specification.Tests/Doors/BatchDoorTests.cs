using System.Collections;
using Messaging.Specification.Tests.Broker;
using Messaging.Specification.Tests.Doors.Hostile;

namespace Messaging.Specification.Tests.Doors;

/// <summary>The door to the collection of a batch. Contract line 13: the call throws and sends nothing, or sends what one walk through it gave.</summary>
public sealed class BatchDoorTests
{
    [Theory, EveryStore]
    public async Task Messages_Throwing_SendNothing(StoreKind store)
    {
        HostileBatch[] batches =
        [
            new(3) { Stepping = static step => _ = step == 0 ? throw new InvalidOperationException("the collection's own fault") : step },
            new(3) { Stepping = static step => _ = step == 2 ? throw new InvalidOperationException("the collection's own fault") : step },
        ];
        foreach (HostileBatch batch in batches)
        {
            await using var harness = await BrokerHarness.StartAsync(store);
            IQueue queue = harness.Broker.Queue("orders");

            await FluentActions.Awaiting(() => queue.Producer<int>().SendBatchAsync(batch).Soon())
                .Should().ThrowAsync<InvalidOperationException>().WithMessage("the collection's own fault");

            queue.Statistics.Ready.Should().Be(0);
            await queue.Producer<int>().FlushAsync().Soon();
            await Neighbours.ShouldGoOnAsync(harness);
        }
    }

    [Theory, EveryStore]
    public async Task Messages_ThrowingWhenCounted_SendNothingOrWhatOneWalkGives(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var batch = new HostileBatch(3) { Counting = static _ => throw new InvalidOperationException("the collection's own fault") };

        Exception? refusal = await Record.ExceptionAsync(() => queue.Producer<int>().SendBatchAsync(batch).Soon());

        (await harness.DrainAsync<int>(queue)).Should().HaveCount(refusal is null ? 3 : 0);
        await Neighbours.ShouldGoOnAsync(harness);
    }

    [Theory, EveryStore]
    public async Task Messages_UsingTheBroker_ComeBack(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var reentry = new Reentry(() => harness.Broker);

        (await queue.Producer<int>().SendBatchAsync(new HostileBatch(3) { Stepping = _ => reentry.Run() }).Soon()).Should().HaveCount(3);

        reentry.Outcome.Should().Be("ended");
        (await harness.DrainAsync<int>(queue)).Should().Equal(0, 1, 2);
    }

    [Theory, EveryStore]
    public async Task Messages_NotComingBack_HoldTheirSenderOnly(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        using var held = new HeldCall();
        Task<IReadOnlyList<Receipt>> sending = Neighbours.OnThread(() => queue.Producer<int>().SendBatchAsync(new HostileBatch(3) { Stepping = _ => held.Hold() }).AsTask());
        await held.Entered.Soon();

        await queue.Producer<int>().SendAsync(9).Soon();
        (await (await queue.Consumer<int>().NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked);
        await Neighbours.ShouldGoOnAsync(harness);

        held.Dispose();
        (await sending.Soon()).Should().HaveCount(3);
    }

    [Theory, EveryStore]
    public async Task Messages_LeavingAmbientState_LeaveItToNobody(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var seen = new List<string>();
        queue.Handle<int>((_, _) =>
        {
            seen.Add(Ambient.Seen());
            return default;
        });

        await Neighbours.OnThread(() => queue.Producer<int>().SendBatchAsync(new HostileBatch(3) { Stepping = static _ => Ambient.Leave() }).AsTask()).Soon();

        await HangGuard.UntilAsync(() => queue.Statistics.Acked == 3);
        seen.Should().OnlyContain(state => state.Length == 0);
    }

    [Theory, EveryStore]
    public async Task Messages_WithAnotherCountThanTheyHave_SendWhatOneWalkGives(StoreKind store)
    {
        foreach (int count in new[] { 0, 1, 2, 4, 100, -1, int.MaxValue })
        {
            await using var harness = await BrokerHarness.StartAsync(store);
            IQueue queue = harness.Broker.Queue("orders");

            IReadOnlyList<Receipt> receipts = await queue.Producer<int>().SendBatchAsync(new HostileBatch(3) { Counting = _ => count }).Soon();

            receipts.Should().HaveCount(3).And.OnlyContain(receipt => receipt.Sequence > 0);
            (await harness.DrainAsync<int>(queue)).Should().Equal(0, 1, 2);
        }
    }

    [Theory, EveryStore]
    public async Task Messages_GivingOthersAtEachWalk_SendWhatTheFirstGave(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var id = MessageId.FromName("named");
        await queue.Producer<int>().SendAsync(7, new SendOptions { MessageId = id }).Soon();
        var batch = new HostileBatch(3) { Options = walk => walk == 1 ? new SendOptions { MessageId = id } : null };

        IReadOnlyList<Receipt> receipts = await queue.Producer<int>().SendBatchAsync(batch).Soon();

        receipts.Should().HaveCount(3).And.Contain(receipt => receipt.IsDuplicate);
        batch.Walks.Should().Be(1);
    }

    /// <summary>A collection of a user's own.</summary>
    private sealed class HostileBatch(int length) : IReadOnlyCollection<Message<int>>
    {
        public Func<int, int> Counting { get; init; } = static count => count;

        public Action<int> Stepping { get; init; } = static _ => { };

        public Func<int, SendOptions?> Options { get; init; } = static _ => null;

        public int Walks { get; private set; }

        public int Count => Counting(length);

        public IEnumerator<Message<int>> GetEnumerator()
        {
            Walks++;
            for (int i = 0; i < length; i++)
            {
                Stepping(i);
                yield return new Message<int>(i, i == 0 ? Options(Walks) : null);
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
