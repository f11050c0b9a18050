using Messaging.Sqlite;
using Messaging.TestSupport;

namespace Messaging.Specification.Tests.Broker;

/// <summary>A few messages that stay among many that go: the file does not keep the many for them.</summary>
public sealed class StragglerTests : IDisposable
{
    private const int Count = 100_000;
    private const int Batch = 1_000;
    private const int Each = 1_000;

    // All of it would take more than twice as much.
    private const long MostBytes = 24 << 20;

    private readonly TemporaryFolder _folder = new();

    private string File => _folder.File("broker.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Topic_OneSubscriptionHoldsEveryThousandth_FileStaysSmallAndKeepsThem()
    {
        var held = new List<int>();
        await using (MessageBroker broker = await OpenAsync())
        {
            ISubscription quick = await broker.SubscribeAsync("events", "quick").Soon();
            ISubscription slow = await broker.SubscribeAsync("events", "slow").Soon();
            IConsumer<byte[]> quicks = quick.Consumer<byte[]>();
            IConsumer<byte[]> slows = slow.Consumer<byte[]>(new() { LeaseDuration = TimeSpan.FromDays(1) });
            IProducer<byte[]> producer = broker.Topic("events").Producer<byte[]>();
            for (int first = 0; first < Count; first += Batch)
            {
                await SendAsync(producer, first);
                await TakeAsync(quicks, static _ => true);
                await TakeAsync(slows, number => number % Each != 0 || Hold(held, number));
            }

            await broker.WhenIdleAsync().Soon();
        }

        new FileInfo(File).Length.Should().BeLessThan(MostBytes);
        await using MessageBroker again = await OpenAsync();
        (await DrainAsync(again, await again.SubscribeAsync("events", "slow").Soon())).Should().Equal(held);
        (await DrainAsync(again, await again.SubscribeAsync("events", "quick").Soon())).Should().BeEmpty();
    }

    [Fact]
    public async Task Topic_OneSubscriptionIsSuspended_FileStaysSmallAndKeepsItsBacklog()
    {
        var options = new SubscriptionOptions { Backlog = new() { MaxMessages = Batch, Action = BacklogAction.Suspend } };
        await using (MessageBroker broker = await OpenAsync())
        {
            ISubscription quick = await broker.SubscribeAsync("events", "quick").Soon();
            ISubscription slow = await broker.SubscribeAsync("events", "slow", options).Soon();
            IConsumer<byte[]> quicks = quick.Consumer<byte[]>();
            IProducer<byte[]> producer = broker.Topic("events").Producer<byte[]>();
            for (int first = 0; first < Count; first += Batch)
            {
                await SendAsync(producer, first);
                await TakeAsync(quicks, static _ => true);
            }

            await broker.WhenIdleAsync().Soon();
            slow.IsSuspended.Should().BeTrue();
        }

        new FileInfo(File).Length.Should().BeLessThan(MostBytes);
        await using MessageBroker again = await OpenAsync();
        ISubscription kept = await again.SubscribeAsync("events", "slow", options).Soon();
        (await DrainAsync(again, kept)).Should().Equal(Enumerable.Range(0, Batch));
    }

    [Fact]
    public async Task Queue_LagsBesideABusyOne_FileStaysSmallAndKeepsItsMessages()
    {
        await using (MessageBroker broker = await OpenAsync())
        {
            IQueue busy = broker.Queue("busy");
            IProducer<byte[]> producer = busy.Producer<byte[]>();
            IProducer<byte[]> seldom = broker.Queue("lagging").Producer<byte[]>();
            IConsumer<byte[]> consumer = busy.Consumer<byte[]>();
            for (int first = 0; first < Count; first += Batch)
            {
                await Task.WhenAll(SendAsync(producer, first), seldom.SendAsync(Body(first)).AsTask()).Soon();
                await TakeAsync(consumer, static _ => true);
            }

            await broker.WhenIdleAsync().Soon();
        }

        new FileInfo(File).Length.Should().BeLessThan(MostBytes);
        await using MessageBroker again = await OpenAsync();
        (await DrainAsync(again, again.Queue("lagging"))).Should().Equal(Enumerable.Range(0, Count / Batch).Select(i => i * Batch));
    }

    private static bool Hold(List<int> held, int number)
    {
        held.Add(number);
        return false;
    }

    private static byte[] Body(int number)
    {
        byte[] body = new byte[600];
        BitConverter.TryWriteBytes(body, number);
        return body;
    }

    private static Task<IReadOnlyList<Receipt>> SendAsync(IProducer<byte[]> producer, int first) =>
        producer.SendBatchAsync([.. Enumerable.Range(first, Batch).Select(i => new Message<byte[]>(Body(i)))]).Soon();

    // Takes a batch, and acks those of which it is said so.
    private static async Task TakeAsync(IConsumer<byte[]> consumer, Func<int, bool> isAcked)
    {
        for (int left = Batch; left > 0;)
        {
            IReadOnlyList<Delivery<byte[]>> deliveries = await consumer.ReceiveBatchAsync(left, HangGuard.Limit).Soon();
            deliveries.Should().NotBeEmpty();
            foreach (Delivery<byte[]> delivery in deliveries.Where(delivery => isAcked(BitConverter.ToInt32(delivery.Body))))
            {
                _ = delivery.AckAsync();
            }

            left -= deliveries.Count;
        }
    }

    private static async Task<List<int>> DrainAsync(MessageBroker broker, ISubscription subscription)
    {
        var numbers = new List<int>();
        await using IConsumer<byte[]> consumer = subscription.Consumer<byte[]>();
        await broker.WhenIdleAsync().Soon();
        while (consumer.TryReceive(out Delivery<byte[]> delivery))
        {
            do
            {
                numbers.Add(BitConverter.ToInt32(delivery.Body));
                delivery.Body.Should().Equal(Body(numbers[^1]));
                _ = delivery.AckAsync();
            }
            while (consumer.TryReceive(out delivery));

            await broker.WhenIdleAsync().Soon();
        }

        return numbers;
    }

    private Task<MessageBroker> OpenAsync() => MessageBroker.OpenAsync(new SqliteMessageStore(File)).Soon();
}
