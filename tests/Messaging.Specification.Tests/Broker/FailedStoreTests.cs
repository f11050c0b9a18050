using Messaging.Sqlite;
using Messaging.Storage;
using Messaging.TestSupport;
using Messaging.Testing;
using Messaging.Testing.Faults;

namespace Messaging.Specification.Tests.Broker;

/// <summary>A store that has failed for good is not asked again, and whoever waits for what only it has is told.</summary>
public sealed class FailedStoreTests : IDisposable
{
    private const int Asked = 10;
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly InMemoryMessageStore _memory = new();
    private readonly VirtualTime _time = new();

    public void Dispose() => _folder.Dispose();

    [Theory, ReopeningStores]
    public async Task Retry_DueAfterAFailure_IsNotReadAgainAndAgain(StoreKind store)
    {
        await LeaveARetryAsync(store);
        await using var faulty = new FaultStore(NewStore(store));
        await using MessageBroker broker = await OpenAsync(faulty);
        await using IConsumer<int> consumer = broker.Queue("orders").Consumer<int>();

        await FailAsync(broker, faulty);
        await AdvanceAsync(broker, _minute);

        await ShouldComeToRestAsync(broker);
    }

    [Theory, ReopeningStores]
    public async Task Retry_DueWhenTheStoreIsGone_EndsTheWaitOfItsConsumers(StoreKind store)
    {
        await LeaveARetryAsync(store);
        await using var faulty = new FaultStore(NewStore(store));
        await using MessageBroker broker = await OpenAsync(faulty);
        await using IConsumer<int> consumer = broker.Queue("orders").Consumer<int>();
        await broker.WhenIdleAsync().Soon();
        Task<Delivery<int>> waiting = consumer.ReceiveAsync().AsTask();

        // No commit finds out.
        faulty.Sever();
        await AdvanceAsync(broker, _minute);

        (await Assert.ThrowsAsync<StoreException>(() => waiting.Soon())).MustReopen.Should().BeTrue();
        await ShouldComeToRestAsync(broker);
    }

    [Theory, ReopeningStores]
    public async Task Schedule_DueWhenTheStoreIsGone_EndsTheWaitOfItsConsumers(StoreKind store)
    {
        await using (MessageBroker first = await OpenAsync(NewStore(store)))
        {
            await first.Queue("orders").Producer<int>().SendAsync(1, new() { Delay = _minute }).Soon();
        }

        await using var faulty = new FaultStore(NewStore(store));
        await using MessageBroker broker = await OpenAsync(faulty);
        await using IConsumer<int> consumer = broker.Queue("orders").Consumer<int>();
        await broker.WhenIdleAsync().Soon();
        Task<Delivery<int>> waiting = consumer.ReceiveAsync().AsTask();

        faulty.Sever();
        await AdvanceAsync(broker, _minute);

        (await Assert.ThrowsAnyAsync<StoreException>(() => waiting.Soon())).MustReopen.Should().BeTrue();
        await ShouldComeToRestAsync(broker);
    }

    [Theory, ReopeningStores]
    public async Task Eviction_AfterAFailure_IsNotTriedAgainAndAgain(StoreKind store)
    {
        await using (MessageBroker first = await OpenAsync(NewStore(store)))
        {
            ISubscription subscription = await first.SubscribeAsync("news", "reader").Soon();
            foreach (int number in (int[])[1, 2, 3])
            {
                await first.Topic("news").Producer<int>().SendAsync(number).Soon();
            }

            await using IConsumer<int> consumer = subscription.Consumer<int>();
            (await (await consumer.NextAsync()).NackAsync(_minute).Soon()).Should().Be(Settlement.Nacked);
        }

        await using var faulty = new FaultStore(NewStore(store));
        await using MessageBroker broker = await OpenAsync(faulty);
        await FailAsync(broker, faulty);
        var limit = new BacklogLimit { MaxMessages = 1, Action = BacklogAction.DeadLetterOldest };
        await broker.SubscribeAsync("news", "reader", new SubscriptionOptions { Backlog = limit }).Soon();

        await AdvanceAsync(broker, _minute);

        await ShouldComeToRestAsync(broker);
    }

    [Theory]
    [InlineData("broker.db")]
    [InlineData("broker.db-wal")]
    public async Task Send_AfterTheFileWasDeleted_IsRefusedForCertainAndEndsTheWaitOfConsumers(string file)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let anybody delete an open file.");
        await using MessageBroker broker = await OpenAsync(NewStore(StoreKind.Sqlite));
        IQueue queue = broker.Queue("orders");
        await using IConsumer<int> consumer = queue.Consumer<int>();
        await queue.Producer<int>().SendAsync(1).Soon();
        (await (await consumer.NextAsync()).AckAsync().Soon()).Should().Be(Settlement.Acked);
        Task<Delivery<int>> waiting = consumer.ReceiveAsync().AsTask();
        File.Delete(_folder.File(file));

        StoreException refused = await Assert.ThrowsAsync<StoreException>(() => queue.Producer<int>().SendAsync(2).Soon());

        refused.MustReopen.Should().BeTrue();
        refused.Message.Should().Contain("while it was open").And.Contain("Nothing of this was stored");
        (await Assert.ThrowsAnyAsync<StoreException>(() => waiting.Soon())).MustReopen.Should().BeTrue();
        await AdvanceAsync(broker, _minute);
        await ShouldComeToRestAsync(broker);
    }

    private async Task LeaveARetryAsync(StoreKind store)
    {
        await using MessageBroker broker = await OpenAsync(NewStore(store));
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1).Soon();
        await using IConsumer<int> consumer = queue.Consumer<int>();
        (await (await consumer.NextAsync()).NackAsync(_minute).Soon()).Should().Be(Settlement.Nacked);
    }

    private static async Task FailAsync(MessageBroker broker, FaultStore store)
    {
        store.Sever();
        await Assert.ThrowsAnyAsync<StoreException>(() => broker.Queue("other").Producer<int>().SendAsync(1).Soon());
        await broker.WhenIdleAsync().Soon();
    }

    private async Task ShouldComeToRestAsync(MessageBroker broker)
    {
        for (int second = 0; second < Asked; second++)
        {
            await AdvanceAsync(broker, TimeSpan.FromSeconds(1));
        }

        _time.ArmedTimers.Should().Be(0, "nothing is to be tried again");
    }

    private async Task AdvanceAsync(MessageBroker broker, TimeSpan by)
    {
        _time.Advance(by);
        await broker.WhenIdleAsync().Soon();
    }

    private async Task<MessageBroker> OpenAsync(IMessageStore store) =>
        await MessageBroker.OpenAsync(store, new BrokerOptions { TimeProvider = _time }).Soon();

    private IMessageStore NewStore(StoreKind store) => store switch
    {
        StoreKind.Sqlite => new SqliteMessageStore(_folder.File("broker.db")),
        StoreKind.JsonFile => new JsonFileStore(_folder.File("broker.json")),
        _ => _memory,
    };
}
