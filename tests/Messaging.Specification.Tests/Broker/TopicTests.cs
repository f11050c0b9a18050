namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 9: a topic's message is stored once and reaches each matching subscription.</summary>
public sealed class TopicTests
{
    /// <summary>Patterns, and which of <see cref="_topics"/> they match.</summary>
    private static readonly (string Pattern, string[] Matches)[] _patterns =
    [
        ("a", ["a"]),
        ("a.b", ["a.b"]),
        ("*", ["a", "b", "A"]),
        ("a.*", ["a.b", "a.c"]),
        ("*.b", ["a.b"]),
        ("*.*", ["a.b", "a.c"]),
        ("a.*.c", ["a.b.c"]),
        ("#", ["a", "b", "A", "a.b", "a.c", "a.b.c", "a.b.c.d", "a.x.y.b", "ab.c.d"]),
        ("a.#", ["a", "a.b", "a.c", "a.b.c", "a.b.c.d", "a.x.y.b"]),
        ("#.b", ["b", "a.b", "a.x.y.b"]),
        ("a.#.b", ["a.b", "a.x.y.b"]),
        ("a.#.c.#", ["a.c", "a.b.c", "a.b.c.d"]),
        ("#.c.*", ["a.b.c.d", "ab.c.d"]),
        ("*.#", ["a", "b", "A", "a.b", "a.c", "a.b.c", "a.b.c.d", "a.x.y.b", "ab.c.d"]),
        ("#.#", ["a", "b", "A", "a.b", "a.c", "a.b.c", "a.b.c.d", "a.x.y.b", "ab.c.d"]),
        ("a.*.#", ["a.b", "a.c", "a.b.c", "a.b.c.d", "a.x.y.b"]),
        ("x.#", []),
    ];

    private static readonly string[] _topics = ["a", "b", "A", "a.b", "a.c", "a.b.c", "a.b.c.d", "a.x.y.b", "ab.c.d"];

    [Theory, EveryStore]
    public async Task Pattern_ForEachTopic_MatchesByTheRule(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        // Half of the topics exist before the subscriptions do: a pattern reaches both kinds.
        foreach (string topic in _topics.Take(4))
        {
            await harness.Broker.Topic(topic).Producer<string>().SendAsync("too early").Soon();
        }

        var subscriptions = new List<ISubscription>();
        for (int i = 0; i < _patterns.Length; i++)
        {
            subscriptions.Add(await harness.Broker.SubscribeAsync(_patterns[i].Pattern, $"s{i}").Soon());
        }

        foreach (string topic in _topics)
        {
            await harness.Broker.Topic(topic).Producer<string>().SendAsync(topic).Soon();
        }

        for (int i = 0; i < _patterns.Length; i++)
        {
            subscriptions[i].Pattern.Should().Be(_patterns[i].Pattern);
            (await harness.DrainAsync<string>(subscriptions[i])).Should()
                .BeEquivalentTo(_patterns[i].Matches, $"the pattern is '{_patterns[i].Pattern}'");
        }
    }

    [Theory, EveryStore]
    public async Task Topic_Messages_ReachEverySubscriptionInOrder(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription one = await harness.Broker.SubscribeAsync("orders", "one").Soon();
        ISubscription two = await harness.Broker.SubscribeAsync("orders", "two").Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        for (int i = 0; i < 100; i++)
        {
            (await producer.SendAsync(i).Soon()).Sequence.Should().Be(i + 1);
        }

        (await harness.DrainAsync<int>(one)).Should().Equal(Enumerable.Range(0, 100));
        (await harness.DrainAsync<int>(two)).Should().Equal(Enumerable.Range(0, 100));
    }

    [Theory, EveryStore]
    public async Task Delivery_ThroughAPattern_TellsTheTopic(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription all = await harness.Broker.SubscribeAsync("#", "all").Soon();
        Receipt receipt = await harness.Broker.Topic("orders.eu").Producer<int>().SendAsync(1).Soon();

        Delivery<int> delivery = await all.Consumer<int>().NextAsync();

        (delivery.Destination, delivery.MessageId, delivery.Sequence).Should().Be(("orders.eu", receipt.MessageId, 1));
    }

    [Theory, EveryStore]
    public async Task Topic_WithoutASubscription_KeepsNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IProducer<int> producer = harness.Broker.Topic("orders", new() { Capacity = 5, FullMode = FullMode.Refuse }).Producer<int>();

        for (int i = 0; i < 20; i++)
        {
            await producer.SendAsync(i).Soon();
        }

        ISubscription later = await harness.Broker.SubscribeAsync("orders", "later").Soon();
        (await harness.DrainAsync<int>(later)).Should().BeEmpty();
    }

    [Theory, ReopeningStores]
    public async Task Topic_WithTenSubscriptions_StoresAMessageOnce(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        for (int i = 0; i < 10; i++)
        {
            await harness.Broker.SubscribeAsync("orders.#", $"s{i}").Soon();
        }

        for (int i = 0; i < 50; i++)
        {
            await harness.Broker.Topic("orders.eu").Producer<int>().SendAsync(i).Soon();
        }

        (await harness.CountStoredRecordsAsync()).Should().Be(50);

        foreach (ISubscription subscription in harness.Broker.Subscriptions)
        {
            (await harness.DrainAsync<int>(subscription)).Should().Equal(Enumerable.Range(0, 50));
        }
    }

    [Fact]
    public async Task Topic_WithTenSubscriptions_TakesNoMoreOfTheFileThanWithOne()
    {
        long one = await FileSizeAsync(subscriptions: 1);
        long ten = await FileSizeAsync(subscriptions: 10);

        one.Should().BeGreaterThan(400 * 4_096, "the messages are in the file");
        ten.Should().BeLessThan(one + (one / 10));
    }

    [Theory, ReopeningStores]
    public async Task Topic_CreatedAfterReopen_ReachesTheKeptPattern(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        await harness.Broker.SubscribeAsync("orders.#", "billing").Soon();
        await harness.Broker.Topic("orders.eu").Producer<int>().SendAsync(1).Soon();

        await harness.ReopenAsync();

        await harness.Broker.Topic("orders.us").Producer<int>().SendAsync(2).Soon();
        ISubscription billing = await harness.Broker.SubscribeAsync("orders.#", "billing").Soon();
        (await harness.DrainAsync<int>(billing)).Should().BeEquivalentTo([1, 2]);
    }

    [Theory, EveryStore]
    public async Task SlowSubscription_FarBehind_SlowsNoOther(StoreKind store)
    {
        const int Count = 3_000;
        await using var harness = await BrokerHarness.StartAsync(store);
        ISubscription slow = await harness.Broker.SubscribeAsync("orders", "slow").Soon();
        ISubscription quick = await harness.Broker.SubscribeAsync("orders", "quick").Soon();
        IProducer<int> producer = harness.Broker.Topic("orders").Producer<int>();
        Delivery<int>? held = null;
        int received = 0;
        foreach (int[] chunk in Enumerable.Range(0, Count).Chunk(500))
        {
            await producer.SendBatchAsync([.. chunk.Select(i => new Message<int>(i))]).Soon();
            held ??= await slow.Consumer<int>(new() { Prefetch = 1 }).NextAsync();

            (await harness.DrainAsync<int>(quick)).Should().Equal(chunk);
            received += chunk.Length;
        }

        received.Should().Be(Count);
        (await held!.Value.AckAsync().Soon()).Should().Be(Settlement.Acked);
        (await harness.DrainAsync<int>(slow)).Should().Equal(Enumerable.Range(1, Count - 1));
    }

    private static async Task<long> FileSizeAsync(int subscriptions)
    {
        using var folder = new TestSupport.TemporaryFolder();
        string path = folder.File("broker.db");
        await using (MessageBroker broker = await MessageBroker.OpenAsync(path))
        {
            for (int i = 0; i < subscriptions; i++)
            {
                await broker.SubscribeAsync("orders", $"s{i}").Soon();
            }

            byte[] body = new byte[4_096];
            for (int i = 0; i < 400; i++)
            {
                body[0] = (byte)i;
                await broker.Topic("orders").Producer<ReadOnlyMemory<byte>>().SendAsync(body).Soon();
            }
        }

        return Directory.GetFiles(folder.Path).Sum(f => new FileInfo(f).Length);
    }
}
