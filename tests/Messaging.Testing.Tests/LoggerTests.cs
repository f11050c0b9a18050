namespace Messaging.Testing.Tests;

/// <summary>The logger of a broker under test is called in the queue, like all else, so rest includes its lines.</summary>
public sealed class LoggerTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Logger_ThatSendsThroughTheBroker_HasSentWhenTheBrokerIsAtRest(int? seed)
    {
        IMessageBroker? broker = null;
        var log = new TestedLog(line => _ = broker!.Queue("lines").Producer<string>().SendAsync(line).AsTask());
        await using TestBroker test = Start(log, seed);
        broker = test.Broker;
        broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.None }).Handle<int>((_, _) => throw new InvalidOperationException("the handler's fault"));

        await broker.Queue("orders").Producer<int>().SendAsync(1);
        await test.SettleAsync();

        broker.Queue("orders").Statistics.Dead.Should().Be(1);
        broker.Queue("lines").Statistics.Ready.Should().Be(2);
        test.Sent.Count(sent => sent.Destination == "lines").Should().Be(2);
    }

    [Fact]
    public async Task Logger_ThatThrows_FailsNoTest()
    {
        await using TestBroker test = Start(new TestedLog(static _ => throw new InvalidOperationException("the logger's own fault")));
        IQueue queue = test.Broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.Schedule(TimeSpan.FromSeconds(1)) });
        queue.Handle<int>((_, _) => throw new InvalidOperationException("the handler's fault"));

        await queue.Producer<int>().SendAsync(1);
        await test.AdvanceAsync(TimeSpan.FromSeconds(1));

        queue.Statistics.Dead.Should().Be(1);
    }

    [Fact]
    public async Task Logger_WhoseLinesCauseLinesWithoutEnd_LetsTheBrokerWork()
    {
        IMessageBroker? broker = null;
        int lines = 0;
        var log = new TestedLog(line =>
        {
            if (++lines < 1_000)
            {
                _ = broker!.Queue("orders").Producer<int>().SendAsync(lines).AsTask();
            }
        });
        await using TestBroker test = Start(log);
        broker = test.Broker;
        broker.Queue("orders", new QueueOptions { Retry = RetryPolicy.None }).Handle<int>((_, _) => throw new InvalidOperationException("the handler's fault"));

        await broker.Queue("orders").Producer<int>().SendAsync(0);
        await test.SettleAsync();

        broker.Queue("orders").Statistics.Dead.Should().Be(1_000);
    }

    [Fact]
    public async Task Logger_ThatWaitsForTheBroker_IsNamedInsteadOfHanging()
    {
        IMessageBroker? broker = null;
        using var release = new CancellationTokenSource();
        var log = new TestedLog(line => broker!.Queue("lines").Producer<string>().SendAsync(line).AsTask().Wait(release.Token));
        await using TestBroker test = TestBroker.Start(new TestBrokerOptions
        {
            Broker = new BrokerOptions { LoggerFactory = log },
            HangLimit = TimeSpan.FromMilliseconds(500),
        });
        broker = test.Broker;
        IQueue queue = broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1);
        Delivery<int> delivery = await queue.Consumer<int>().ReceiveAsync();

        (await FluentActions.Awaiting(async () =>
        {
            await delivery.DeadLetterAsync("unwanted");
            await test.SettleAsync();
        }).Should().ThrowAsync<NotAtRestException>()).WithMessage("*the logger*blocks its thread*");

        await release.CancelAsync();
    }

    [Fact]
    public async Task Crash_WithLinesThatAreNotWritten_WritesNoneOfThem()
    {
        List<string> lines = [];
        await using TestBroker test = Start(new TestedLog(lines.Add));
        IQueue queue = test.Broker.Queue("orders");
        await queue.Producer<int>().SendAsync(1);
        Delivery<int> delivery = await queue.Consumer<int>().ReceiveAsync();
        test.Faults.CrashAt("engine.commit-begins");

        await FluentActions.Awaiting(() => delivery.DeadLetterAsync("unwanted").AsTask()).Should().ThrowAsync<StoreException>();
        await test.SettleAsync();
        int written = lines.Count;
        await test.CrashAndReopenAsync();
        await test.SettleAsync();

        lines.Should().HaveCount(written).And.NotContain(line => line.Contains("store failed", StringComparison.Ordinal));
    }

    private static TestBroker Start(TestedLog log, int? seed = null) =>
        TestBroker.Start(new TestBrokerOptions { Broker = new BrokerOptions { LoggerFactory = log }, Seed = seed });
}
