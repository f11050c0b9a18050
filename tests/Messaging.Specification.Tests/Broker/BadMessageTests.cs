using System.Text;

namespace Messaging.Specification.Tests.Broker;

/// <summary>Contract line 11 for messages: too large, too many headers or not writable is refused, and nothing is sent.</summary>
public sealed class BadMessageTests
{
    [Theory, EveryStore]
    public async Task Body_SerializedOverTheLimit_IsRefusedAndNothingIsSent(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store, o => o with { MaxBodyBytes = 100 });
        IQueue queue = harness.Broker.Queue("orders", new() { Serialize = true });
        IProducer<string> producer = queue.Producer<string>();
        // Two quotes are part of the JSON text.
        await producer.SendAsync(new string('x', 98)).Soon();

        MessageTooLargeException error = (await producer.Awaiting(p => p.SendAsync(new string('x', 99)).Soon())
            .Should().ThrowAsync<MessageTooLargeException>()).Which;
        await producer.Awaiting(p => p.SendAsync(new string('x', 99), new() { Delay = TimeSpan.FromDays(1) }).Soon())
            .Should().ThrowAsync<MessageTooLargeException>();

        (error.Actual, error.Limit).Should().Be((101, 100));
        error.Message.Should().Contain("101").And.Contain("100");
        await harness.SettleAsync();
        queue.Statistics.Should().Be(new SubscriptionStatistics { Ready = 1 });
    }

    [Theory, EveryStore]
    public async Task Body_RawBytesOverTheLimit_AreRefusedWithoutACopy(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders");
        IProducer<ReadOnlyMemory<byte>> producer = queue.Producer<ReadOnlyMemory<byte>>();
        byte[] body = new byte[64 * 1_048_576];
        await producer.Awaiting(p => p.SendAsync(body).Soon()).Should().ThrowAsync<MessageTooLargeException>();
        long before = GC.GetAllocatedBytesForCurrentThread();
        MessageTooLargeException? error = null;
        try
        {
            ValueTask<Receipt> send = producer.SendAsync(body);
            error = send.IsFaulted ? send.AsTask().Exception!.InnerException as MessageTooLargeException : null;
        }
        catch (MessageTooLargeException thrown)
        {
            error = thrown;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        error.Should().NotBeNull("the size is known before anything is done");
        (error!.Actual, error.Limit).Should().Be((body.Length, 1_048_576));
        allocated.Should().BeLessThan(1_048_576);
        queue.Statistics.Ready.Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task Headers_OverTheirCount_AreRefusedAndNothingIsSent(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store, o => o with { MaxHeaders = 3 });
        IQueue queue = harness.Broker.Queue("orders");
        var headers = new MessageHeaders { ["a"] = "1", ["b"] = "2", ["c"] = "3" };
        await queue.Producer<int>().SendAsync(1, new() { Headers = headers }).Soon();
        headers["d"] = "4";

        MessageTooLargeException error = (await queue.Producer<int>().Awaiting(p => p.SendAsync(2, new() { Headers = headers }).Soon())
            .Should().ThrowAsync<MessageTooLargeException>()).Which;

        (error.Actual, error.Limit).Should().Be((4, 3));
        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
    }

    [Theory, EveryStore]
    public async Task Headers_OverTheirSizeInUtf8_AreRefusedAndNothingIsSent(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store, o => o with { MaxHeaderBytes = 10 });
        IQueue queue = harness.Broker.Queue("orders");
        // "k" and three characters of three bytes each make exactly ten bytes.
        await queue.Producer<int>().SendAsync(1, new() { Headers = new() { ["k"] = "北北北" } }).Soon();

        MessageTooLargeException error = (await queue.Producer<int>()
            .Awaiting(p => p.SendAsync(2, new() { Headers = new() { ["k"] = "北北北x" } }).Soon())
            .Should().ThrowAsync<MessageTooLargeException>()).Which;

        (error.Actual, error.Limit).Should().Be((11, 10));
        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
    }

    [Fact]
    public void Headers_WithoutANameOrAValue_AreRefused()
    {
        var headers = new MessageHeaders();

        headers.Invoking(h => h[""] = "x").Should().Throw<ArgumentException>();
        headers.Invoking(h => h[null!] = "x").Should().Throw<ArgumentNullException>();
        headers.Invoking(h => h["x"] = null!).Should().Throw<ArgumentNullException>();

        headers.Should().BeEmpty();
    }

    [Theory, EveryStore]
    public async Task Body_ThatCannotBeWritten_IsRefusedAndNothingIsSent(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Serialize = true });

        BodyFormatException error = (await queue.Producer<Func<int>>().Awaiting(p => p.SendAsync(() => 1).Soon())
            .Should().ThrowAsync<BodyFormatException>()).Which;

        error.InnerException.Should().NotBeNull();
        error.Message.Should().Contain("Func");
        queue.Statistics.Ready.Should().Be(0);
        await queue.Producer<int>().SendAsync(1).Soon();
        (await harness.DrainAsync<int>(queue)).Should().Equal(1);
    }

    [Theory, EveryStore]
    public async Task Batch_WithABodyThatCannotBeWritten_SendsNone(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Serialize = true });

        await queue.Producer<object>().Awaiting(p => p.SendBatchAsync([new(1), new((Func<int>)(() => 1))]).Soon())
            .Should().ThrowAsync<BodyFormatException>();

        await harness.SettleAsync();
        queue.Statistics.Ready.Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task Batch_WithTooManyHeaders_SendsNone(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store, o => o with { MaxHeaders = 0 });
        IQueue queue = harness.Broker.Queue("orders");

        await queue.Producer<int>().Awaiting(p => p.SendBatchAsync([new(1), new(2, new() { Headers = new() { ["a"] = "b" } })]).Soon())
            .Should().ThrowAsync<MessageTooLargeException>();

        await harness.SettleAsync();
        queue.Statistics.Ready.Should().Be(0);
    }

    [Theory, EveryStore]
    public async Task Unreadable_OfEveryKind_DeadLettersAndNeverStopsTheQueue(StoreKind store)
    {
        await using var harness = await BrokerHarness.StartAsync(store);
        IQueue queue = harness.Broker.Queue("orders", new() { Serialize = true });
        string[] bad = ["", "{", "null!", "[]", "\"text\"", "{\"Number\":\"x\"}", "\0", new('[', 5_000), "{\"Number\":99999999999999999999}"];
        IProducer<ReadOnlyMemory<byte>> raw = queue.Producer<ReadOnlyMemory<byte>>();
        foreach (string text in bad)
        {
            await raw.SendAsync(Encoding.UTF8.GetBytes(text)).Soon();
        }

        await raw.SendAsync(new byte[] { 0xff, 0xfe, 0x80 }).Soon();
        await queue.Producer<Order>().SendAsync(new Order(1, "Ada")).Soon();

        (await harness.DrainAsync<Order>(queue)).Should().Equal(new Order(1, "Ada"));

        List<DeadLetter> dead = await queue.DeadLetters.PeekAsync().ToListAsync();
        dead.Select(d => d.OriginalSequence).Should().Equal(Enumerable.Range(1, bad.Length + 1).Select(i => (long)i));
        dead.Should().OnlyContain(d => d.Reason == DeadLetterReason.Unreadable && d.Description.Length > 0 && d.Description.Length <= 4_096);
    }
}
