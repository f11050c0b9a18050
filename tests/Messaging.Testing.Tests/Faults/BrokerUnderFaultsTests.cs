using Messaging.Sqlite;
using Messaging.TestSupport;
using Messaging.Testing.Faults;

namespace Messaging.Testing.Tests.Faults;

/// <summary>A whole broker on a real file, with faults between the two.</summary>
public sealed class BrokerUnderFaultsTests : IAsyncDisposable
{
    private static readonly TimeSpan _longEnough = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly FaultPlan _plan = new();
    private readonly VirtualTime _time = new();
    private FaultStore? _store;
    private MessageBroker? _broker;

    public async ValueTask DisposeAsync()
    {
        if (_broker is { } broker)
        {
            await broker.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task Send_CommitFailsForCertain_IsRefusedAndCanBeRepeated()
    {
        IQueue queue = (await OpenAsync()).Queue("orders");
        IProducer<int> producer = queue.Producer<int>();
        await producer.SendAsync(1);
        _plan.On(StoreOperation.Commit).OfLog("orders").MinAppends(1).Nth(2).Fail();
        await producer.SendAsync(2);

        await producer.Awaiting(p => p.SendAsync(3).AsTask()).Should().ThrowExactlyAsync<StoreException>();

        _plan.VerifyAllHit();
        (await producer.SendAsync(3)).IsDuplicate.Should().BeFalse();
        queue = (await ReopenAsync()).Queue("orders");
        (await ReceiveAllAsync(queue)).Should().Equal(1, 2, 3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Send_CommitOfUnknownOutcome_RepeatedAfterReopeningIsThereOnce(bool stored)
    {
        IProducer<int> producer = (await OpenAsync()).Queue("orders").Producer<int>();
        await producer.SendAsync(1);
        _plan.On(StoreOperation.Commit).OfLog("orders").MinAppends(1).Nth(2).FailUnknown(stored);
        await producer.SendAsync(2);

        MessageId id = (await producer.Awaiting(p => p.SendAsync(3).AsTask()).Should().ThrowAsync<StoreOutcomeUnknownException>())
            .Which.MessageIds.Should().ContainSingle().Subject;

        await producer.Awaiting(p => p.SendAsync(4).AsTask()).Should().ThrowAsync<StoreException>("nothing more is confirmed");
        _plan.VerifyAllHit();
        IQueue queue = (await ReopenAsync()).Queue("orders");
        Receipt again = await queue.Producer<int>().SendAsync(3, new SendOptions { MessageId = id });
        again.IsDuplicate.Should().Be(stored);
        (await ReceiveAllAsync(queue)).Should().Equal(1, 2, 3);
    }

    [Fact]
    public async Task Batch_CommitIsTorn_IsThereWholeOrNotAtAll()
    {
        IQueue queue = (await OpenAsync()).Queue("orders");
        await queue.Producer<int>().SendAsync(1);
        _plan.On(StoreOperation.Commit).MinAppends(3).Tear();

        await queue.Awaiting(q => q.Producer<int>().SendBatchAsync([new Message<int>(2), new Message<int>(3), new Message<int>(4)]).AsTask())
            .Should().ThrowAsync<StoreOutcomeUnknownException>();

        _plan.VerifyAllHit();
        (await ReceiveAllAsync((await ReopenAsync()).Queue("orders"))).Should().Equal(1);
    }

    [Fact]
    public async Task Send_EveryCommitMadeTwice_IsThereOnce()
    {
        FaultRule twice = _plan.On(StoreOperation.Commit).Duplicate();
        IQueue queue = (await OpenAsync()).Queue("orders");
        for (int i = 1; i <= 20; i++)
        {
            await queue.Producer<int>().SendAsync(i, new SendOptions { MessageId = MessageId.FromName($"{i}"), Delay = TimeSpan.FromSeconds(i % 2) });
        }

        queue = (await ReopenAsync()).Queue("orders");
        _time.Advance(TimeSpan.FromSeconds(1));

        (await ReceiveAllAsync(queue)).Should().BeEquivalentTo(Enumerable.Range(1, 20));
        twice.Hits.Should().BeGreaterThan(20);
    }

    [Fact]
    public async Task Send_CommitIsDelayed_IsConfirmedWhenTheDelayIsOver()
    {
        IProducer<int> producer = (await OpenAsync()).Queue("orders").Producer<int>();
        await producer.SendAsync(1);
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Func<TimeSpan, ValueTask> wait = _store!.Wait;
        _store.Wait = by =>
        {
            ValueTask waiting = wait(by);
            waits.SetResult();
            return waiting;
        };
        _plan.On(StoreOperation.Commit).OfLog("orders").MinAppends(1).Nth(1).Delay(TimeSpan.FromSeconds(5));

        Task<Receipt> send = producer.SendAsync(2).AsTask();

        await waits.Task.WaitAsync(_longEnough);
        _time.Advance(TimeSpan.FromSeconds(4));
        send.IsCompleted.Should().BeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        (await send.WaitAsync(_longEnough)).Sequence.Should().Be(2);
    }

    [Fact]
    public async Task Backlog_ReadsAreTornAndFail_IsReceivedWholeInOrder()
    {
        await using TestBroker test = await TestBroker.StartAsync(Create);
        for (int i = 1; i <= 40; i++)
        {
            await test.Broker.Queue("orders").Producer<int>().SendBatchAsync([.. Enumerable.Range((i * 10) - 9, 10).Select(n => new Message<int>(n))]);
        }

        _plan.On(StoreOperation.Read).OfLog("orders").Times(3).Tear();
        await test.CrashAndReopenAsync();
        var received = new List<int>();
        test.Broker.Queue("orders").Handle<int>((delivery, _) =>
        {
            received.Add(delivery.Body);
            return ValueTask.CompletedTask;
        });
        using (_plan.On(StoreOperation.Read).OfLog("orders").Nth(2).Fail())
        {
            await test.SettleAsync();
            await test.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        received.Should().Equal(Enumerable.Range(1, 400));
        _plan.VerifyAllHit();
    }

    [Fact]
    public async Task ReceiveBatch_WhoseSecondAckIsRefused_GivesTheFirst()
    {
        await using TestBroker test = await TestBroker.StartAsync(Create);
        IQueue queue = test.Broker.Queue("orders");
        await queue.Producer<int>().SendBatchAsync([new Message<int>(1), new Message<int>(2), new Message<int>(3)]);
        await test.SettleAsync();
        await using IConsumer<int> consumer = queue.Consumer<int>(new ConsumerOptions { AckMode = AckMode.OnReceive });
        IReadOnlyList<Delivery<int>> batch;
        using (_plan.On(StoreOperation.Commit).Nth(2).Fail())
        {
            batch = await consumer.ReceiveBatchAsync(3, TimeSpan.Zero);
        }

        batch.Select(delivery => delivery.Body).Should().Equal(1);
        _plan.VerifyAllHit();
        (await consumer.ReceiveBatchAsync(3, TimeSpan.Zero)).Select(delivery => delivery.Body).Should().Equal(3);
    }

    [Fact]
    public async Task Sever_Broker_ConfirmsNothingMoreAndLosesNothingConfirmed()
    {
        IQueue queue = (await OpenAsync()).Queue("orders");
        await queue.Producer<int>().SendAsync(1);
        await queue.Producer<int>().SendAsync(2);
        Delivery<int> delivery = await queue.Consumer<int>().ReceiveAsync();
        await delivery.AckAsync();

        _store!.Sever();

        await queue.Awaiting(q => q.Producer<int>().SendAsync(3).AsTask()).Should().ThrowAsync<StoreOutcomeUnknownException>();
        (await ReceiveAllAsync((await ReopenAsync()).Queue("orders"))).Should().Equal(2);
    }

    private FaultStore Create() => _store = new FaultStore(new SqliteMessageStore(_folder.File("faults.db")), _plan, _time);

    private async Task<MessageBroker> OpenAsync() => _broker = await MessageBroker.OpenAsync(Create(), new BrokerOptions { TimeProvider = _time });

    private async Task<MessageBroker> ReopenAsync()
    {
        await _broker!.DisposeAsync();
        return await OpenAsync();
    }

    private static async Task<List<int>> ReceiveAllAsync(IQueue queue)
    {
        var received = new List<int>();
        IConsumer<int> consumer = queue.Consumer<int>();
        while (queue.Statistics is { Ready: > 0 } or { Scheduled: > 0 })
        {
            Delivery<int> delivery = await consumer.ReceiveAsync().AsTask().WaitAsync(_longEnough);
            received.Add(delivery.Body);
            await delivery.AckAsync();
        }

        return received;
    }
}
