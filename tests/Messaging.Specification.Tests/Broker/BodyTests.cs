using System.Text;

namespace Messaging.Specification.Tests.Broker;

/// <summary>What arrives of what was sent: bodies and headers.</summary>
public sealed class BodyTests
{
    [Fact]
    public async Task Body_InMemory_IsHandedOverByReference()
    {
        await using var harness = await BrokerHarness.StartAsync(StoreKind.Memory);
        IQueue queue = harness.Broker.Queue("notes");
        var note = new Note { Text = "a" };
        await queue.Producer<Note>().SendAsync(note).Soon();

        (await queue.Consumer<Note>().NextAsync()).Body.Should().BeSameAs(note);
    }

    [Fact]
    public async Task Body_InMemoryAndQueueAsksForSerialization_IsACopyTakenAtTheSend()
    {
        await using var harness = await BrokerHarness.StartAsync(StoreKind.Memory);
        IQueue queue = harness.Broker.Queue("notes", new() { Serialize = true });
        var note = new Note { Text = "a" };
        await queue.Producer<Note>().SendAsync(note).Soon();
        note.Text = "b";

        Note received = (await queue.Consumer<Note>().NextAsync()).Body;

        received.Should().NotBeSameAs(note);
        received.Text.Should().Be("a");
    }

    [Fact]
    public async Task Body_InMemoryAndTopicAsksForSerialization_IsACopyForEachSubscription()
    {
        await using var harness = await BrokerHarness.StartAsync(StoreKind.Memory);
        ISubscription one = await harness.Broker.SubscribeAsync("notes", "one").Soon();
        ISubscription two = await harness.Broker.SubscribeAsync("notes", "two").Soon();
        var note = new Note { Text = "a" };
        await harness.Broker.Topic("notes", new() { Serialize = true }).Producer<Note>().SendAsync(note).Soon();

        Note first = (await one.Consumer<Note>().NextAsync()).Body;
        Note second = (await two.Consumer<Note>().NextAsync()).Body;

        first.Should().NotBeSameAs(note).And.NotBeSameAs(second);
        second.Should().NotBeSameAs(note);
        (first.Text, second.Text).Should().Be(("a", "a"));
    }

    [Theory, ReopeningStores]
    public async Task Body_Stored_IsACopyTakenAtTheSend(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("notes");
        var note = new Note { Text = "a" };
        ValueTask<Receipt> send = queue.Producer<Note>().SendAsync(note);
        note.Text = "b";
        await send.Soon();

        Note received = (await queue.Consumer<Note>().NextAsync()).Body;

        received.Should().NotBeSameAs(note);
        received.Text.Should().Be("a");
    }

    [Theory, EveryStore]
    public async Task Body_RawBytes_PassThroughAsTheyAre(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("raw");
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        await queue.Producer<ReadOnlyMemory<byte>>().SendAsync(all).Soon();
        await queue.Producer<ReadOnlyMemory<byte>>().SendAsync(ReadOnlyMemory<byte>.Empty).Soon();
        await queue.Producer<byte[]>().SendAsync(all).Soon();
        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
            queue = harness.Broker.Queue("raw");
        }

        IConsumer<ReadOnlyMemory<byte>> consumer = queue.Consumer<ReadOnlyMemory<byte>>();
        (await consumer.NextAsync()).Body.ToArray().Should().Equal(all);
        (await consumer.NextAsync()).Body.Length.Should().Be(0);
        await consumer.DisposeAsync().Soon();
        List<byte[]> arrays = await harness.DrainAsync<byte[]>(queue);
        arrays.OrderBy(a => a.Length).Select(a => a.Length).Should().Equal(0, 256, 256);
    }

    [Theory, ReopeningStores]
    public async Task Body_StoredObject_CanBeReadAsItsBytes(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("notes");
        await queue.Producer<Note>().SendAsync(new Note { Text = "a" }).Soon();

        Delivery<ReadOnlyMemory<byte>> delivery = await queue.Consumer<ReadOnlyMemory<byte>>().NextAsync();

        Encoding.UTF8.GetString(delivery.Body.Span).Should().Be("""{"Text":"a"}""");
    }

    [Theory, EveryStore]
    public async Task Body_RawJson_CanBeReadAsAnObject(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("notes", new() { Serialize = true });
        await queue.Producer<ReadOnlyMemory<byte>>().SendAsync("""{"Text":"a"}"""u8.ToArray()).Soon();

        (await queue.Consumer<Note>().NextAsync()).Body.Text.Should().Be("a");
    }

    [Theory, EveryStore]
    public async Task Body_OfExactlyTheLimit_Passes(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("raw");
        byte[] body = new byte[1_048_576];
        body[^1] = 7;
        await queue.Producer<ReadOnlyMemory<byte>>().SendAsync(body).Soon();

        (await queue.Consumer<ReadOnlyMemory<byte>>().NextAsync()).Body.Span.SequenceEqual(body).Should().BeTrue();
    }

    [Theory, EveryStore]
    public async Task Headers_OfAMessage_Arrive(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var headers = new MessageHeaders { ["tenant"] = "nörd 北 🚢", ["empty"] = "", ["Tenant"] = "another name" };
        await queue.Producer<int>().SendAsync(1, new() { Headers = headers }).Soon();
        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
            queue = harness.Broker.Queue("orders");
        }

        (await queue.Consumer<int>().NextAsync()).Headers.Should().BeEquivalentTo(headers);
    }

    [Theory, EveryStore]
    public async Task Headers_ChangedAfterTheSend_ChangeNoMessage(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        var headers = new MessageHeaders { ["a"] = "1" };
        ValueTask<Receipt> send = queue.Producer<int>().SendAsync(1, new() { Headers = headers });
        headers["a"] = "2";
        headers["b"] = "3";
        await send.Soon();

        MessageHeaders received = (await queue.Consumer<int>().NextAsync()).Headers;

        received.Should().Equal(new Dictionary<string, string> { ["a"] = "1" });
        received.Invoking(r => r["a"] = "4").Should().Throw<InvalidOperationException>();
    }
}
