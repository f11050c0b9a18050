using System.Collections;
using System.Collections.Concurrent;
using Messaging.TestSupport;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 13 for the collection of a batch: it is read once, and what it gives then is the batch.</summary>
public sealed class BatchTests
{
    [Theory, EveryStore]
    public async Task SendBatch_CollectionThatSaysAnotherCount_SendsWhatItGives(StoreKind store)
    {
        foreach (int count in (int[])[0, 1, 5, -1, int.MaxValue])
        {
            await using var harness = await BrokerHarness.StartAsync(store);
            IQueue queue = harness.Broker.Queue("orders");
            var messages = new OddCollection(count, _ => [new(1), new(2), new(3)]);

            IReadOnlyList<Receipt> receipts = await queue.Producer<int>().SendBatchAsync(messages).Soon();

            receipts.Select(receipt => receipt.Sequence).Should().Equal(1, 2, 3);
            (await harness.DrainAsync<int>(queue)).Should().Equal(1, 2, 3);
        }
    }

    [Theory, EveryStore]
    public async Task SendBatch_CollectionThatChanges_IsReadOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        MessageId id = MessageId.FromName("order-42");
        await queue.Producer<int>().SendAsync(0, new() { MessageId = id }).Soon();
        var messages = new OddCollection(2, time => time == 1 ? [new(1), new(2, new() { MessageId = id })] : []);

        IReadOnlyList<Receipt> receipts = await queue.Producer<int>().SendBatchAsync(messages).Soon();

        messages.Times.Should().Be(1);
        receipts.Select(receipt => receipt.IsDuplicate).Should().Equal(false, true);
        (await harness.DrainAsync<int>(queue)).Should().Equal(0, 1);
    }

    [Theory, EveryStore]
    public async Task SendBatch_CollectionThatThrows_SendsNothingAndKeepsNoId(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var named = new SendOptions { MessageId = MessageId.FromName("order-42") };

        await queue.Producer<int>().Awaiting(p => p.SendBatchAsync(new OddCollection(2, _ => Broken(new(1, named)))).Soon())
            .Should().ThrowAsync<InvalidTimeZoneException>();

        queue.Statistics.Should().Be(default(SubscriptionStatistics));
        (await queue.Producer<int>().SendAsync(2, named).Soon()).IsDuplicate.Should().BeFalse();
        (await harness.DrainAsync<int>(queue)).Should().Equal(2);
    }

    [Theory, EveryStore]
    public async Task SendBatch_OfBodies_ReadsThemOnceAndSendsAllOrNone(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        int times = 0;
        IEnumerable<int> Bodies(bool fails)
        {
            times++;
            yield return 1;
            yield return fails ? throw new InvalidTimeZoneException() : 2;
        }

        await queue.Producer<int>().Awaiting(p => p.SendBatchAsync(Bodies(fails: true)).Soon()).Should().ThrowAsync<InvalidTimeZoneException>();
        queue.Statistics.Should().Be(default(SubscriptionStatistics));
        IReadOnlyList<Receipt> receipts = await queue.Producer<int>().SendBatchAsync(Bodies(fails: false)).Soon();
        await queue.Producer<int>().Awaiting(p => p.SendBatchAsync(Bodies(fails: false), new CancellationToken(canceled: true)).Soon())
            .Should().ThrowAsync<OperationCanceledException>();

        times.Should().Be(2, "each call reads them once, and a cancelled one not at all");
        receipts.Select(receipt => receipt.Sequence).Should().Equal(1, 2);
        (await harness.DrainAsync<int>(queue)).Should().Equal(1, 2);
        (await queue.Producer<int>().SendAsync(3, CancellationToken.None).Soon()).Sequence.Should().Be(3);
    }

    [Theory, EveryStore]
    public async Task SendBatch_QueueThatOthersFill_GivesAReceiptForEachMessageSent(StoreKind store)
    {
        const int Rounds = 40;
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        long receipts = 0;
        for (int round = 0; round < Rounds; round++)
        {
            var messages = new ConcurrentQueue<Message<int>>();
            using var begun = new ManualResetEventSlim();
            Task filling = Task.Run(() =>
            {
                for (int i = 0; i < 200; i++)
                {
                    messages.Enqueue(new Message<int>(i));
                    begun.Set();
                }
            });
            begun.Wait(HangGuard.Limit, TestContext.Current.CancellationToken);
            IReadOnlyList<Receipt> sent = await queue.Producer<int>().SendBatchAsync(messages).Soon();
            sent.Should().OnlyContain(receipt => receipt.Sequence > 0, "each receipt is one of a message");
            receipts += sent.Count;
            await filling.Soon();
        }

        await harness.SettleAsync();
        queue.Statistics.Ready.Should().Be(receipts);
    }

    [Fact]
    public async Task SendBatch_OutcomeUnknownOfACollectionThatChanges_NamesTheIdsOfWhatWasSent()
    {
        var store = new FaultyStore();
        await using MessageBroker broker = await MessageBroker.OpenAsync(store, new BrokerOptions { TimeProvider = new VirtualTime() }).Soon();
        IQueue queue = broker.Queue("orders");
        MessageId id = MessageId.FromName("order-42");
        await queue.Producer<int>().SendAsync(0, new() { MessageId = id }).Soon();
        await broker.WhenIdleAsync().Soon();
        store.FailCommits(() => new StoreOutcomeUnknownException("The disk said no while it wrote."));
        var messages = new OddCollection(2, time => time == 1 ? [new(1), new(2, new() { MessageId = id })] : []);

        StoreOutcomeUnknownException failure = (await queue.Producer<int>().Awaiting(p => p.SendBatchAsync(messages).Soon())
            .Should().ThrowAsync<StoreOutcomeUnknownException>()).Which;

        failure.MessageIds.Should().HaveCount(2).And.EndWith(id);
    }

    [Theory, EveryStore]
    public async Task SendBatch_ToATopicWithoutSubscriptions_RemembersNoId(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var named = new SendOptions { MessageId = MessageId.FromName("order-42") };
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        await producer.SendBatchAsync([new(1, named)]).Soon();
        ISubscription billing = await harness.Broker.SubscribeAsync("orders", "billing").Soon();

        Receipt again = await producer.SendAsync(1, named).Soon();

        again.IsDuplicate.Should().BeFalse("the first one was kept by nobody");
        (await harness.DrainAsync<int>(billing)).Should().Equal(1);
    }

    private static IEnumerable<Message<int>> Broken(Message<int> first)
    {
        yield return first;
        throw new InvalidTimeZoneException("The collection is broken.");
    }

    /// <summary>A collection that says any count and gives something else each time.</summary>
    private sealed class OddCollection(int count, Func<int, IEnumerable<Message<int>>> give) : IReadOnlyCollection<Message<int>>
    {
        public int Times { get; private set; }

        public int Count => count >= 0 ? count : throw new InvalidTimeZoneException("The count is broken.");

        public IEnumerator<Message<int>> GetEnumerator() => give(++Times).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
