namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 11 for names: what breaks the rule is refused, and nothing comes of it.</summary>
public sealed class BadNameTests
{
    private static readonly string[] _badNames =
    [
        "", " ", ".", "..", "../x", "a..b", ".a", "a.", "a/b", "a\\b", "/etc/passwd", "C:\\x", "a b", "a\0b", "a\nb", "a\tb",
        "x' OR 1=1--", "x\";DROP TABLE log;--", "é", "北", "🚢", "a:b", "a,b", "a%b", "~", "a\u200bb", "*x", "x#", "a.b*", "\ud800",
        new string('a', 256), string.Join('.', Enumerable.Repeat("a", 129)),
    ];

    private static readonly string[] _goodNames =
    [
        "a", "A", "0", "-", "_", "a.b", "a-b_c.D-9", "CON", "nul", new string('a', 255), string.Join('.', Enumerable.Repeat("a", 128)),
    ];

    [Theory, EveryStore]
    public async Task Name_ThatBreaksTheRule_IsRefusedEverywhereAndChangesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;
        foreach (string name in _badNames.Concat(["*", "#", "a.*", "a.#"]))
        {
            ShouldNameTheRule(broker.Invoking(b => b.Queue(name)).Should().Throw<ArgumentException>().Which, name);
            ShouldNameTheRule(broker.Invoking(b => b.Topic(name)).Should().Throw<ArgumentException>().Which, name);
            ShouldNameTheRule((await broker.Awaiting(b => b.SubscribeAsync("orders", name).Soon()).Should().ThrowAsync<ArgumentException>()).Which, name);
            await broker.Awaiting(b => b.UnsubscribeAsync(name).Soon()).Should().ThrowAsync<ArgumentException>();
        }

        broker.Subscriptions.Should().BeEmpty();
        if (store != StoreKind.Memory)
        {
            (await harness.CountStoredRecordsAsync()).Should().Be(0);
            harness.Broker.Subscriptions.Should().BeEmpty();
        }
    }

    [Theory, EveryStore]
    public async Task Pattern_ThatBreaksTheRule_IsRefusedAndChangesNothing(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        foreach (string pattern in _badNames.Concat(["**", "##", "a.**", "a*.b", "#a", "a.#b", "*."]))
        {
            ShouldNameTheRule(
                (await harness.Broker.Awaiting(b => b.SubscribeAsync(pattern, "billing").Soon()).Should().ThrowAsync<ArgumentException>()).Which,
                pattern);
        }

        harness.Broker.Subscriptions.Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task Name_WithinTheRule_Works(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        foreach (string name in _goodNames)
        {
            await harness.Broker.Queue(name).Producer<string>().SendAsync(name).Soon();
            await harness.Broker.SubscribeAsync(name, name).Soon();
            await harness.Broker.Topic(name).Producer<string>().SendAsync(name).Soon();
        }

        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
        }

        foreach (string name in _goodNames)
        {
            (await harness.DrainAsync<string>(harness.Broker.Queue(name))).Should().Equal(name);
            (await harness.DrainAsync<string>(await harness.Broker.SubscribeAsync(name, name).Soon())).Should().Equal(name);
        }
    }

    [Theory, EveryStore]
    public async Task Null_Anywhere_ThrowsArgumentNull(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        MessageBroker broker = harness.Broker;
        IQueue queue = broker.Queue("orders");

        broker.Invoking(b => b.Queue(null!)).Should().Throw<ArgumentNullException>();
        broker.Invoking(b => b.Topic(null!)).Should().Throw<ArgumentNullException>();
        await broker.Awaiting(b => b.SubscribeAsync(null!, "billing").Soon()).Should().ThrowAsync<ArgumentNullException>();
        await broker.Awaiting(b => b.SubscribeAsync("orders", null!).Soon()).Should().ThrowAsync<ArgumentNullException>();
        await broker.Awaiting(b => b.UnsubscribeAsync(null!).Soon()).Should().ThrowAsync<ArgumentNullException>();
        await queue.Awaiting(q => q.Producer<int>().SendBatchAsync(null!).Soon()).Should().ThrowAsync<ArgumentNullException>();
        queue.Invoking(q => q.Handle((Func<Delivery<int>, CancellationToken, ValueTask>)null!)).Should().Throw<ArgumentNullException>();
        queue.Invoking(q => q.Handle((Func<Delivery<int>, CancellationToken, Task>)null!)).Should().Throw<ArgumentNullException>();
        await queue.Producer<int>().SendAsync(1).Soon();
        Delivery<int> delivery = await queue.Consumer<int>().NextAsync();
        await delivery.Awaiting(d => d.DeadLetterAsync(null!).Soon()).Should().ThrowAsync<ArgumentNullException>();
        (await delivery.AckAsync().Soon()).Should().Be(Settlement.Acked, "the refused call changed nothing");
        await FluentActions.Awaiting(() => MessageBroker.OpenAsync((Storage.IMessageStore)null!).Soon())
            .Should().ThrowAsync<ArgumentNullException>();
    }

    private static void ShouldNameTheRule(ArgumentException exception, string name)
    {
        exception.Message.Should().Contain("255 bytes").And.NotContain("\0").And.NotContain("\n");
        if (name.Length < 40 && !name.Any(c => char.IsControl(c) || char.IsSurrogate(c)))
        {
            exception.Message.Should().Contain($"'{name}'");
        }
    }
}
