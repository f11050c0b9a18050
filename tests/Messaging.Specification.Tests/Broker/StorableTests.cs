namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 14: what a file would change is refused at the send, or made well-formed where it may not be refused; in memory too.</summary>
public sealed class StorableTests
{
    private const string Half = "a\ud83d";

    [Theory, EveryStore]
    public async Task Headers_WithHalfASurrogatePair_NeverReachTheBroker(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");

        queue.Invoking(q => _ = q.Producer<int>().SendAsync(1, new() { Headers = new() { [Half] = "x", ["a\ud801"] = "y" } }))
            .Should().Throw<ArgumentException>().WithMessage("The header name 'a\\ud83d'*");

        queue.Statistics.Ready.Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task Body_NullOfATypeOfBytes_IsRefusedWithTheWayOut(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("raw");

        await ShouldRefuseAsync<byte[]>(queue);
        await ShouldRefuseAsync<ReadOnlyMemory<byte>?>(queue);
        await ShouldRefuseAsync<Memory<byte>?>(queue);
        await ShouldRefuseAsync<ArraySegment<byte>?>(queue);

        queue.Statistics.Ready.Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task Body_DefaultOfATypeOfBytes_ArrivesEmpty(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("raw");
        await queue.Producer<ReadOnlyMemory<byte>>().SendAsync(default(ReadOnlyMemory<byte>)).Soon();
        await queue.Producer<Memory<byte>>().SendAsync(default(Memory<byte>)).Soon();
        await queue.Producer<ArraySegment<byte>>().SendAsync(default(ArraySegment<byte>)).Soon();
        await queue.Producer<byte[]>().SendAsync([]).Soon();

        List<byte[]> arrived = await harness.DrainAsync<byte[]>(queue);

        arrived.Should().HaveCount(4).And.OnlyContain(body => body.Length == 0);
    }

    [Theory, EveryStore]
    public async Task Body_OfAnyTypeOfBytes_IsReadAsAnyOther(StoreKind store)
    {
        byte[] bytes = [0, 1, 255];
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("raw");
        await SendEachAsync(queue, bytes);
        (await harness.DrainAsync<byte[]>(queue)).Should().AllBeEquivalentTo(bytes);
        await SendEachAsync(queue, bytes);
        (await harness.DrainAsync<ReadOnlyMemory<byte>>(queue)).Select(body => body.ToArray()).Should().AllBeEquivalentTo(bytes);
        await SendEachAsync(queue, bytes);
        (await harness.DrainAsync<Memory<byte>>(queue)).Select(body => body.ToArray()).Should().AllBeEquivalentTo(bytes);
        await SendEachAsync(queue, bytes);
        (await harness.DrainAsync<ArraySegment<byte>>(queue)).Select(body => body.ToArray()).Should().AllBeEquivalentTo(bytes);
        await SendEachAsync(queue, bytes);
        (await harness.DrainAsync<ReadOnlyMemory<byte>?>(queue)).Select(body => body!.Value.ToArray()).Should().AllBeEquivalentTo(bytes);

        queue.Statistics.Acked.Should().Be(25);
        queue.DeadLetters.Count.Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task Body_OfSignedBytesOrAnEnumerationOfBytes_ArrivesAsItIs(StoreKind store)
    {
        // For the runtime, both are byte[].
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("signed");
        await queue.Producer<sbyte[]>().SendAsync([-1, 0, 1]).Soon();
        (await queue.Consumer<sbyte[]>().NextAsync()).Body.Should().Equal(-1, 0, 1);
        await queue.Producer<Grade[]>().SendAsync([Grade.Good]).Soon();
        (await queue.Consumer<Grade[]>().NextAsync()).Body.Should().Equal(Grade.Good);
    }

    [Theory, EveryStore]
    public async Task Body_NullOfAnotherType_ArrivesAsNull(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("notes");
        await queue.Producer<string>().SendAsync(null!).Soon();
        (await queue.Consumer<string>().NextAsync()).Body.Should().BeNull();
        await queue.Producer<Note>().SendAsync(null!).Soon();
        (await queue.Consumer<Note>().NextAsync()).Body.Should().BeNull();
        await queue.Producer<int?>().SendAsync(null!).Soon();
        (await queue.Consumer<int?>().NextAsync()).Body.Should().BeNull();
    }

    [Theory, EveryStore]
    public async Task Body_NullReadAsANumber_IsADeadLetter(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("notes");
        await queue.Producer<string>().SendAsync(null!).Soon();

        await harness.ShouldBeEmptyAsync(queue.Consumer<int>(), "since null is no number");

        await harness.SettleAsync();
        (await queue.DeadLetters.PeekAsync().ToListAsync()).Single().Reason.Should().Be(DeadLetterReason.Unreadable);
    }

    [Theory, EveryStore]
    public async Task Body_TextWithHalfASurrogatePair_IsRefusedWithTheWayOut(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("texts");

        await queue.Awaiting(q => q.Producer<string>().SendAsync(Half).Soon()).Should().ThrowAsync<BodyFormatException>()
            .WithMessage("*half of a surrogate pair (\\ud83d) at index 1*as byte??. *Nothing was sent*");
        await queue.Awaiting(q => q.Producer<char>().SendAsync('\ud83d').Soon()).Should().ThrowAsync<BodyFormatException>();
        await queue.Awaiting(q => q.Producer<string>().SendBatchAsync([new("whole 🚢"), new(Half)]).Soon()).Should().ThrowAsync<BodyFormatException>();

        queue.Statistics.Ready.Should().Be(0);
        await queue.Producer<string>().SendAsync("🚢").Soon();
        (await queue.Consumer<string>().NextAsync()).Body.Should().Be("🚢");
    }

    [Theory, EveryStore]
    public async Task Description_WithHalfASurrogatePair_IsTheSameInMemoryAndOnAFile(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Retry = RetryPolicy.None });
        await queue.Producer<int>().SendBatchAsync([new(1), new(2), new(3)]).Soon();
        IConsumer<int> consumer = queue.Consumer<int>();
        await (await consumer.NextAsync()).DeadLetterAsync(Half + "b").Soon();
        await (await consumer.NextAsync()).NackAsync(reason: "\udc00").Soon();
        await (await consumer.NextAsync()).DeadLetterAsync(new string('x', 4_095) + "🚢").Soon();
        await consumer.DisposeAsync().Soon();
        await queue.Producer<int>().SendAsync(4).Soon();
        await using (queue.Handle<int>((_, _) => throw new InvalidTimeZoneException(Half)))
        {
            await HangGuard.UntilAsync(() => queue.DeadLetters.Count == 4);
        }

        if (store != StoreKind.Memory)
        {
            await harness.ReopenAsync();
            queue = harness.Broker.Queue("orders");
        }

        string[] descriptions = [.. (await queue.DeadLetters.PeekAsync().ToListAsync()).Select(dead => dead.Description)];
        descriptions[..3].Should().Equal("a\ufffdb", "\ufffd", new string('x', 4_095));
        descriptions[3].Should().Contain("InvalidTimeZoneException: a\ufffd");
    }

    private static async Task SendEachAsync(IQueue queue, byte[] bytes)
    {
        await queue.Producer<byte[]>().SendAsync(bytes).Soon();
        await queue.Producer<ReadOnlyMemory<byte>>().SendAsync(bytes).Soon();
        await queue.Producer<Memory<byte>>().SendAsync(bytes).Soon();
        await queue.Producer<ArraySegment<byte>>().SendAsync(bytes).Soon();
        await queue.Producer<ReadOnlyMemory<byte>?>().SendAsync(bytes).Soon();
    }

    private static async Task ShouldRefuseAsync<T>(IQueue queue)
    {
        (await queue.Awaiting(q => q.Producer<T>().SendAsync(default!).Soon()).Should().ThrowAsync<ArgumentNullException>())
            .WithParameterName("body").WithMessage("*Send an empty one*Nothing was sent*");
        await queue.Awaiting(q => q.Producer<T>().SendBatchAsync([new(default!)]).Soon()).Should().ThrowAsync<ArgumentNullException>();
    }

    private enum Grade : byte
    {
        Good = 1,
    }
}
