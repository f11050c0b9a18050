namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 1: a send that carries its own id can be repeated without adding anything.</summary>
public sealed class DeduplicationTests
{
    private static readonly MessageId _id = MessageId.FromName("order-42");

    [Theory, EveryStore]
    public async Task Send_SameIdTwice_DeliversOnceAndReturnsTheFirstReceipt(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IProducer<string> producer = queue.Producer<string>();

        Receipt first = await producer.SendAsync("first", new() { MessageId = _id }).Soon();
        Receipt second = await producer.SendAsync("second", new() { MessageId = _id }).Soon();

        first.Should().Be(new Receipt(_id, 1, harness.BestDurability, IsDuplicate: false));
        second.Should().Be(first with { IsDuplicate = true, Previous = PreviousSend.Waiting });
        (await harness.DrainAsync<string>(queue)).Should().Equal("first");
    }

    [Theory, EveryStore]
    public async Task Send_SameIdAfterItsAck_IsStillADuplicate(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1, new() { MessageId = _id }).Soon();
        await harness.DrainAsync<int>(queue);

        Receipt again = await queue.Producer<int>().SendAsync(1, new() { MessageId = _id }).Soon();

        again.IsDuplicate.Should().BeTrue();
        (await harness.DrainAsync<int>(queue)).Should().BeEmpty();
    }

    [Theory, ReopeningStores]
    public async Task Send_SameIdAfterReopen_IsADuplicate(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        Receipt first = await harness.Broker.Queue("orders").Producer<int>().SendAsync(1, new() { MessageId = _id }).Soon();
        await harness.ReopenAsync();

        IQueue queue = harness.Broker.Queue("orders");
        Receipt again = await queue.Producer<int>().SendAsync(1, new() { MessageId = _id }).Soon();

        again.Should().Be(first with { IsDuplicate = true, Previous = PreviousSend.Waiting });
        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
    }

    [Theory, EveryStore]
    public async Task Send_SameIdAtOnceFromManyThreads_AddsOne(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IProducer<int> producer = queue.Producer<int>();

        Receipt[] receipts = await Task.WhenAll(Enumerable.Range(0, 32)
            .Select(i => Task.Run(() => producer.SendAsync(i, new() { MessageId = _id }).AsTask()))).Soon();

        receipts.Count(r => !r.IsDuplicate).Should().Be(1);
        receipts.Should().OnlyContain(r => r.Sequence == 1);
        (await harness.DrainAsync<int>(queue)).Should().HaveCount(1);
    }

    [Theory, EveryStore]
    public async Task Send_SameIdToAnotherQueue_IsNoDuplicate(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.Queue("a").Producer<int>().SendAsync(1, new() { MessageId = _id }).Soon();

        Receipt other = await harness.Broker.Queue("b").Producer<int>().SendAsync(2, new() { MessageId = _id }).Soon();

        other.IsDuplicate.Should().BeFalse();
        (await harness.DrainAsync<int>(harness.Broker.Queue("b"))).Should().Equal(2);
    }

    [Theory, EveryStore]
    public async Task Send_SameIdWhileScheduled_DeliversOnceAtTheFirstTime(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IProducer<string> producer = queue.Producer<string>();
        Receipt first = await producer.SendAsync("first", new() { MessageId = _id, Delay = TimeSpan.FromMinutes(1) }).Soon();

        Receipt delayed = await producer.SendAsync("second", new() { MessageId = _id, Delay = TimeSpan.FromMinutes(9) }).Soon();
        Receipt atOnce = await producer.SendAsync("third", new() { MessageId = _id }).Soon();

        first.IsDuplicate.Should().BeFalse();
        (delayed.IsDuplicate, atOnce.IsDuplicate).Should().Be((true, true));
        queue.Statistics.Scheduled.Should().Be(1);
        await harness.AdvanceAsync(TimeSpan.FromMinutes(10));
        (await harness.DrainAsync<string>(queue)).Should().Equal("first");
    }

    [Theory, ReopeningStores]
    public async Task Send_SameIdAsAScheduledOneAfterReopen_IsADuplicate(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        var options = new SendOptions { MessageId = _id, Delay = TimeSpan.FromMinutes(1) };
        await harness.Broker.Queue("orders").Producer<int>().SendAsync(1, options).Soon();
        await harness.ReopenAsync();

        IQueue queue = harness.Broker.Queue("orders");
        Receipt again = await queue.Producer<int>().SendAsync(1, options).Soon();

        again.IsDuplicate.Should().BeTrue();
        await harness.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
    }

    [Theory, EveryStore]
    public async Task SendBatch_SameIdWithin_AddsOne(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var named = new SendOptions { MessageId = _id };

        IReadOnlyList<Receipt> receipts = await queue.Producer<int>().SendBatchAsync([new(1, named), new(2), new(3, named)]).Soon();

        receipts.Select(r => (r.Sequence, r.IsDuplicate)).Should().Equal((1, false), (2, false), (1, true));
        (await harness.DrainAsync<int>(queue)).Should().Equal(1, 2);
    }

    [Theory, EveryStore]
    public async Task Window_Exceeded_ForgetsTheOldestFirst(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store, o => o with { DeduplicationWindow = 10 });
        IProducer<int> producer = harness.Broker.Queue("orders").Producer<int>();
        for (int i = 0; i <= 10; i++)
        {
            await producer.SendAsync(i, new() { MessageId = MessageId.FromName($"id-{i}") }).Soon();
        }

        Receipt newest = await producer.SendAsync(1, new() { MessageId = MessageId.FromName("id-1") }).Soon();
        Receipt oldest = await producer.SendAsync(0, new() { MessageId = MessageId.FromName("id-0") }).Soon();

        newest.IsDuplicate.Should().BeTrue("the last ten ids are remembered");
        oldest.IsDuplicate.Should().BeFalse("the eleventh is not");
    }

    [Theory, EveryStore]
    public async Task Window_Zero_TurnsDeduplicationOff(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store, o => o with { DeduplicationWindow = 0 });
        IQueue queue = harness.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1, new() { MessageId = _id }).Soon();

        Receipt again = await queue.Producer<int>().SendAsync(2, new() { MessageId = _id }).Soon();

        again.IsDuplicate.Should().BeFalse();
        (await harness.DrainAsync<int>(queue)).Should().Equal(1, 2);
    }
}
