using Messaging.TestSupport;
using Messaging.Testing;

namespace Messaging.Specification.Tests.Broker;

/// <summary>A cancel and a send under the same id against a store that is slow or fails: the id is free when the cancel is stored.</summary>
public sealed class ResendCommitTests : IAsyncDisposable
{
    private static readonly MessageId _id = MessageId.FromName("order-42");
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);
    private readonly FaultyStore _store = new();
    private readonly VirtualTime _time = new();
    private readonly List<MessageBroker> _brokers = [];

    [Fact]
    public async Task Cancel_AgainWhileTheFirstIsBeingStored_WaitsForItToo()
    {
        MessageBroker broker = await OpenAsync();
        await broker.Queue("orders").Producer<int>().SendAsync(1, new() { MessageId = _id, Delay = _minute }).Soon();
        await broker.WhenIdleAsync().Soon();
        _store.HoldCommits();

        Task<bool> first = broker.CancelAsync(_id).AsTask();
        await _store.CommitReached.Soon();
        Task<bool> second = broker.CancelAsync(_id).AsTask();

        second.IsCompleted.Should().BeFalse("until the commit, the death of the process brings the message back");
        _store.ReleaseCommits();
        (await first.Soon(), await second.Soon()).Should().Be((true, false));
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    [InlineData(false, true, true)]
    [InlineData(true, true, true)]
    public async Task Send_WhileItsIdIsBeingCancelled_WaitsAndIsNew(bool isNamed, bool isDelayed, bool isBatch)
    {
        MessageBroker broker = await OpenAsync();
        IQueue queue = broker.Queue("orders");
        IProducer<int> producer = queue.Producer<int>();
        MessageId id = (await producer.SendAsync(1, new() { MessageId = isNamed ? _id : null, Delay = _minute }).Soon()).MessageId;
        await broker.WhenIdleAsync().Soon();
        _store.HoldCommits();
        Task<Receipt> busy = broker.Queue("other").Producer<int>().SendAsync(0).AsTask();
        await _store.CommitReached.Soon();

        // While the writer is busy, both could share the next commit, which would delete what it has just stored.
        Task<bool> cancel = broker.CancelAsync(id).AsTask();
        var options = new SendOptions { MessageId = id, Delay = isDelayed ? _minute : TimeSpan.Zero };
        Task<Receipt> send = isBatch
            ? First(producer.SendBatchAsync([new(2, options)]))
            : producer.SendAsync(2, options).AsTask();
        _store.ReleaseCommits();
        await busy.Soon();

        (await cancel.Soon()).Should().BeTrue();
        (await send.Soon()).IsDuplicate.Should().BeFalse();
        await broker.WhenIdleAsync().Soon();
        queue.Statistics.Should().Be(isDelayed ? new SubscriptionStatistics { Scheduled = 1 } : new SubscriptionStatistics { Ready = 1 });
        MessageBroker again = await ReopenAsync(broker);
        again.Queue("orders").Statistics.Scheduled.Should().Be(isDelayed ? 1 : 0);
        _time.Advance(_minute);
        (await again.Queue("orders").Consumer<int>().NextAsync()).Body.Should().Be(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancel_OutcomeUnknown_IsWholeAfterReopen(bool wasStored)
    {
        MessageBroker broker = await OpenAsync();
        await broker.Queue("orders").Producer<int>().SendAsync(1, new() { MessageId = _id, Delay = _minute }).Soon();
        await broker.WhenIdleAsync().Soon();
        _store.FailCommits(() => new StoreOutcomeUnknownException("The disk said no while it wrote."), afterStoring: wasStored);
        await broker.Awaiting(b => b.CancelAsync(_id).Soon()).Should().ThrowAsync<StoreOutcomeUnknownException>();

        MessageBroker again = await ReopenAsync(broker);
        Receipt receipt = await again.Queue("orders").Producer<int>().SendAsync(2, new() { MessageId = _id }).Soon();

        (receipt.IsDuplicate, receipt.Previous).Should().Be(wasStored ? (false, null) : (true, PreviousSend.Scheduled));
        _time.Advance(_minute);
        (await again.Queue("orders").Consumer<int>().NextAsync()).Body.Should().Be(wasStored ? 2 : 1);
    }

    [Fact]
    public async Task Cancel_StoreHasStopped_TellsTheSecondCallerToo()
    {
        MessageBroker broker = await OpenAsync();
        await broker.Queue("orders").Producer<int>().SendAsync(1, new() { MessageId = _id, Delay = _minute }).Soon();
        await broker.WhenIdleAsync().Soon();
        _store.HoldCommits();
        _store.FailCommits(() => new StoreOutcomeUnknownException("The disk said no while it wrote."));

        Task<bool> first = broker.CancelAsync(_id).AsTask();
        Task<bool> second = broker.CancelAsync(_id).AsTask();
        _store.ReleaseCommits();

        await first.Awaiting(f => f.Soon()).Should().ThrowAsync<StoreException>();
        await second.Awaiting(s => s.Soon()).Should().ThrowAsync<StoreException>("nobody knows whether it is cancelled");
    }

    [Fact]
    public async Task Duplicate_WhileTheFirstIsDueAndBeingStored_IsScheduled()
    {
        MessageBroker broker = await OpenAsync();
        IProducer<int> producer = broker.Queue("orders").Producer<int>();
        await producer.SendAsync(1, new() { MessageId = _id, Delay = _minute }).Soon();
        await broker.WhenIdleAsync().Soon();
        _store.HoldCommits();
        _time.Advance(_minute);
        await _store.CommitReached.Soon();

        Receipt again = await producer.SendAsync(2, new() { MessageId = _id }).Soon();

        (again.IsDuplicate, again.Previous).Should().Be((true, PreviousSend.Scheduled));
        (await broker.CancelAsync(_id).Soon()).Should().BeFalse("it is due");
        _store.ReleaseCommits();
        (await broker.Queue("orders").Consumer<int>().NextAsync()).Body.Should().Be(1);
    }

    public async ValueTask DisposeAsync()
    {
        _store.ReleaseCommits();
        _store.FailCommits(null);
        foreach (MessageBroker broker in _brokers)
        {
            await broker.DisposeAsync().Soon();
        }
    }

    private static async Task<Receipt> First(ValueTask<IReadOnlyList<Receipt>> batch) => (await batch).Single();

    private async Task<MessageBroker> ReopenAsync(MessageBroker broker)
    {
        _store.FailCommits(null);
        await broker.DisposeAsync().Soon();
        return await OpenAsync();
    }

    private async Task<MessageBroker> OpenAsync()
    {
        MessageBroker broker = await MessageBroker.OpenAsync(_store, new BrokerOptions { TimeProvider = _time }).Soon();
        _brokers.Add(broker);
        return broker;
    }
}
