using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 10: what entered leaves exactly once, also when its readers go or its sender gives up.</summary>
public sealed class AdmissionTests
{
    [Theory, EveryStore]
    public async Task SendBatch_CancelledWhileItWaitsForRoom_LetsItsIdsBeSentAgain(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new QueueOptions { Capacity = 1 });
        IProducer<int> producer = queue.Producer<int>();
        await producer.SendAsync(1).Soon();
        var named = new SendOptions { MessageId = MessageId.Parse("0123456789abcdef0123456789abcdef") };
        using var giveUp = new CancellationTokenSource();
        Task batch = producer.SendBatchAsync([new Message<int>(2, named)], giveUp.Token).AsTask();
        await giveUp.CancelAsync();
        await batch.Invoking(b => b.Soon()).Should().ThrowAsync<OperationCanceledException>();
        await (await queue.Consumer<int>().NextAsync()).AckAsync().Soon();

        Receipt receipt = await producer.SendAsync(2, named).Soon();

        receipt.IsDuplicate.Should().BeFalse();
    }

    [Theory, EveryStore]
    public async Task Schedule_WithAnIdThatIsScheduledElsewhere_IsRefusedAndChangesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var later = new SendOptions { MessageId = MessageId.Parse("0123456789abcdef0123456789abcdef"), Delay = TimeSpan.FromMinutes(1) };
        await harness.Broker.Queue("orders").Producer<int>().SendAsync(1, later).Soon();
        IProducer<int> other = harness.Broker.Queue("invoices").Producer<int>();

        await other.Invoking(p => p.SendAsync(2, later).Soon()).Should().ThrowAsync<InvalidOperationException>();
        await other.Invoking(p => p.SendBatchAsync([new Message<int>(2, later)]).Soon()).Should().ThrowAsync<InvalidOperationException>();

        await harness.AdvanceAsync(TimeSpan.FromMinutes(2));
        (await harness.Broker.Queue("orders").Consumer<int>().NextAsync()).Body.Should().Be(1);
        harness.Broker.Queue("invoices").Statistics.Ready.Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task Topic_ScheduledMessagesThatFoundNoSubscription_LeaveItsCapacityAsItIs(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IProducer<int> producer = harness.Broker.Topic("news", new TopicOptions { Capacity = 2, FullMode = FullMode.Refuse }).Producer<int>();
        for (int i = 0; i < 5; i++)
        {
            await producer.SendAsync(i, new SendOptions { Delay = TimeSpan.FromSeconds(1) }).Soon();
        }

        await harness.AdvanceAsync(TimeSpan.FromSeconds(2));
        await harness.Broker.SubscribeAsync("news", "reader").Soon();

        await producer.SendAsync(1).Soon();
        await producer.SendAsync(2).Soon();
        await producer.Invoking(p => p.SendAsync(3).Soon()).Should().ThrowAsync<QueueFullException>();
    }

    [Fact]
    public async Task Topic_WhoseLastSubscriptionGoesDuringACommit_GivesTheRoomBack()
    {
        var store = new FaultyStore();
        await using MessageBroker broker = await MessageBroker.OpenAsync(store).Soon();
        IProducer<int> producer = broker.Topic("news", new TopicOptions { Capacity = 1, FullMode = FullMode.Refuse }).Producer<int>();
        await broker.SubscribeAsync("news", "first").Soon();
        store.HoldCommits();
        Task send = producer.SendAsync(1).AsTask();
        await store.CommitReached.Soon();
        Task leave = broker.UnsubscribeAsync("first").AsTask();
        store.ReleaseCommits();
        await Task.WhenAll(send, leave).Soon();
        await broker.SubscribeAsync("news", "second").Soon();

        Receipt receipt = await producer.SendAsync(2).Soon();

        receipt.Sequence.Should().BePositive();
    }
}
