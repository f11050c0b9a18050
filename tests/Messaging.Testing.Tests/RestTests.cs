using Messaging.Sqlite;
using Messaging.TestSupport;

namespace Messaging.Testing.Tests;

/// <summary>What counts as runnable, and what does not.</summary>
public sealed class RestTests : IAsyncLifetime
{
    private readonly TestBroker _test = TestBroker.Start();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Settle_HandlersThatFeedEachOtherForEver_IsNotMistakenForAHang()
    {
        IProducer<int> producer = _test.Broker.Queue("loop").Producer<int>();
        int rounds = 0;
        _test.Broker.Queue("loop").Handle<int>(async (delivery, _) =>
        {
            if (Interlocked.Increment(ref rounds) < 5_000)
            {
                await producer.SendAsync(delivery.Body + 1);
            }
        });
        await producer.SendAsync(0);

        await _test.SettleAsync();

        rounds.Should().Be(5_000);
    }

    [Fact]
    public async Task Settle_SendThatWaitsForRoom_IsAtRest()
    {
        IQueue queue = _test.Broker.Queue("small", new() { Capacity = 1 });
        await queue.Producer<int>().SendAsync(1);
        Task<Receipt> waiting = queue.Producer<int>().SendAsync(2).AsTask();

        await _test.SettleAsync();
        waiting.IsCompleted.Should().BeFalse();
        queue.Handle<int>((_, _) => ValueTask.CompletedTask);
        await _test.SettleAsync();

        waiting.IsCompletedSuccessfully.Should().BeTrue();
        _test.Settled.Exactly(2);
    }

    [Fact]
    public async Task Settle_HandlerThatWaitsForRoomElsewhere_IsAtRest()
    {
        IQueue small = _test.Broker.Queue("small", new() { Capacity = 1 });
        await small.Producer<int>().SendAsync(0);
        _test.Broker.Queue("forward").Handle<int>(async (delivery, _) => await small.Producer<int>().SendAsync(delivery.Body).ConfigureAwait(false));
        await _test.Broker.Queue("forward").Producer<int>().SendAsync(1);

        await _test.SettleAsync();
        _test.Settled.None();
        small.Handle<int>((_, _) => ValueTask.CompletedTask);
        await _test.SettleAsync();

        _test.Settled.Exactly(3);
    }

    [Fact]
    public async Task Settle_ReceiveOnAnEmptyQueue_CompletesWithTheSend()
    {
        IConsumer<int> consumer = _test.Broker.Queue("orders").Consumer<int>();
        Task<Delivery<int>> receive = consumer.ReceiveAsync().AsTask();
        await _test.SettleAsync();
        receive.IsCompleted.Should().BeFalse();

        await _test.Broker.Queue("orders").Producer<int>().SendAsync(5);
        await _test.SettleAsync();

        receive.IsCompletedSuccessfully.Should().BeTrue();
        (await receive).Body.Should().Be(5);
    }

    [Fact]
    public async Task Settle_CancelledReceive_EndsWithTheToken()
    {
        IConsumer<int> consumer = _test.Broker.Queue("orders").Consumer<int>();
        using var source = new CancellationTokenSource();
        Task<Delivery<int>> receive = consumer.ReceiveAsync(source.Token).AsTask();
        await _test.SettleAsync();

        await source.CancelAsync();
        await _test.SettleAsync();

        receive.IsCanceled.Should().BeTrue();
    }

    [Fact]
    public async Task Settle_FromWithinAHandler_WaitsForTheOthersOnly()
    {
        var seen = new List<string>();
        _test.Broker.Queue("inner").Handle<string>((delivery, _) =>
        {
            seen.Add(delivery.Body);
            return ValueTask.CompletedTask;
        });
        _test.Broker.Queue("outer").Handle<string>(async (delivery, _) =>
        {
            await _test.Broker.Queue("inner").Producer<string>().SendAsync("inner");
            await _test.SettleAsync();
            seen.Add(delivery.Body);
        });
        await _test.Broker.Queue("outer").Producer<string>().SendAsync("outer");

        await _test.SettleAsync();

        seen.Should().Equal("inner", "outer");
    }

    [Fact]
    public async Task Advance_HandlerWithATimeoutOnVirtualTime_IsCancelledAtItsTime()
    {
        TimeSpan? cancelled = null;
        DateTimeOffset start = _test.Now;
        _test.Broker.Queue("slow").Handle<int>(async (_, _) =>
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), _test.Time);
            try
            {
                await Task.Delay(TimeSpan.FromHours(1), _test.Time, limit.Token);
            }
            catch (OperationCanceledException)
            {
                cancelled = _test.Now - start;
            }
        });
        await _test.Broker.Queue("slow").Producer<int>().SendAsync(1);

        await _test.AdvanceAsync(TimeSpan.FromMinutes(1));

        cancelled.Should().Be(TimeSpan.FromSeconds(5));
        _test.Settled.At(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Settle_HandlerThatLimitsRealWorkByVirtualTime_WaitsForTheWork()
    {
        bool done = false;
        _test.Broker.Queue("slow").Handle<int>(async (_, _) =>
        {
            await Task.Run(() => Thread.SpinWait(2_000_000)).WaitAsync(TimeSpan.FromSeconds(30), _test.Time);
            done = true;
        });
        await _test.Broker.Queue("slow").Producer<int>().SendAsync(1);

        await _test.SettleAsync();

        done.Should().BeTrue();
    }

    [Fact]
    public async Task Advance_HandlerThatLimitsAWaitForVirtualTime_IsEndedAtTheLimit()
    {
        _test.Broker.Queue("slow", new() { Retry = RetryPolicy.None }).Handle<int>(
            async (_, token) => await Task.Delay(TimeSpan.FromHours(1), _test.Time, token).WaitAsync(TimeSpan.FromSeconds(30), _test.Time, token));
        await _test.Broker.Queue("slow").Producer<int>().SendAsync(1);

        await _test.AdvanceAsync(TimeSpan.FromMinutes(1));

        _test.DeadLettered.At(TimeSpan.FromSeconds(30)).Single().Reason.Should().Contain("TimeoutException");
    }

    [Fact]
    public async Task DisposeOfAWorker_WhoseHandlerWaitsForVirtualTime_EndsWhenTheTestMovesIt()
    {
        IWorker worker = _test.Broker.Queue("slow").Handle<int>(async (_, token) => await Task.Delay(TimeSpan.FromHours(1), _test.Time, token));
        await _test.Broker.Queue("slow").Producer<int>().SendAsync(1);
        await _test.SettleAsync();

        Task stop = worker.DisposeAsync().AsTask();
        await _test.AdvanceAsync(TimeSpan.FromSeconds(30));

        stop.IsCompletedSuccessfully.Should().BeTrue();
        _test.Observations.Where(seen => seen.Kind == ObservationKind.Returned).At(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task DisposeOfTheBroker_WithARunningHandler_WaitsForItOnVirtualTime()
    {
        _test.Broker.Queue("slow").Handle<int>(async (_, _) => await Task.Delay(TimeSpan.FromSeconds(20), _test.Time));
        await _test.Broker.Queue("slow").Producer<int>().SendAsync(1);
        await _test.SettleAsync();

        Task stop = _test.Broker.DisposeAsync().AsTask();
        await _test.AdvanceAsync(TimeSpan.FromSeconds(20) - TimeSpan.FromTicks(1));
        stop.IsCompleted.Should().BeFalse();
        await _test.AdvanceAsync(TimeSpan.FromTicks(1));

        stop.IsCompletedSuccessfully.Should().BeTrue();
        _test.Settled.At(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task AdvanceToNext_WithNothingDue_SaysSo()
    {
        (await _test.AdvanceToNextAsync()).Should().BeFalse();
        await _test.Broker.Queue("later").Producer<int>().SendAsync(1, new() { Delay = TimeSpan.FromDays(3) });

        (await _test.AdvanceToNextAsync()).Should().BeTrue();

        _test.Now.Should().Be(new TestBrokerOptions().StartTime + TimeSpan.FromDays(3));
        (await _test.AdvanceToNextAsync()).Should().BeFalse();
    }

    [Fact]
    public async Task SeededOrder_OfHandlersAtTheSameTime_DependsOnTheSeedAlone()
    {
        string[] first = await OrderAsync(7);
        string[] again = await OrderAsync(7);
        string[][] others = await Task.WhenAll(Enumerable.Range(1, 8).Select(OrderAsync));

        again.Should().Equal(first);
        others.Select(order => string.Concat(order)).Distinct().Count().Should().BeGreaterThan(1);

        static async Task<string[]> OrderAsync(int seed)
        {
            await using TestBroker test = TestBroker.Start(new TestBrokerOptions { Seed = seed });
            var seen = new List<string>();
            for (char name = 'a'; name < 'f'; name++)
            {
                test.Broker.Queue(name.ToString()).Handle<string>((delivery, _) =>
                {
                    seen.Add(delivery.Body);
                    return ValueTask.CompletedTask;
                });
                await test.Broker.Queue(name.ToString()).Producer<string>().SendAsync(name.ToString(), new() { Delay = TimeSpan.FromSeconds(1) });
            }

            await test.AdvanceAsync(TimeSpan.FromSeconds(1));
            return [.. seen];
        }
    }

    [Fact]
    public async Task CrashAndReopen_OnASqliteFile_KeepsWhatWasCommitted()
    {
        using var folder = new TemporaryFolder();
        await using TestBroker test = await TestBroker.StartAsync(() => new SqliteMessageStore(folder.File("shop.db")));
        Receipt kept = await test.Broker.Queue("orders").Producer<string>().SendAsync("kept");
        test.Broker.Queue("orders").Handle<string>(async (_, token) => await Task.Delay(TimeSpan.FromHours(1), test.Time, token));
        await test.SettleAsync();

        await test.CrashAndReopenAsync();
        test.Broker.Queue("orders").Handle<string>((_, _) => ValueTask.CompletedTask);
        await test.SettleAsync();

        kept.Durability.Should().Be(Durability.Power);
        test.Settled.Of(kept).Single().Kind.Should().Be(ObservationKind.Acked);
        test.Delivered.Of(kept).Select(seen => seen.Failures).Should().Equal(0, 1);
    }

    [Fact]
    public async Task Settle_StoreThatCommitsOnOtherThreads_IsWaitedFor()
    {
        var disk = new Testing.Stores.SimulatedDisk();
        await using TestBroker test = await TestBroker.StartAsync(() => new DistantStore(disk.CreateStore()));
        test.Broker.Queue("orders").Handle<int>((_, _) => ValueTask.CompletedTask);
        Task<Receipt>[] sends = [.. Enumerable.Range(0, 50).Select(i => test.Broker.Queue("orders").Producer<int>().SendAsync(i).AsTask())];

        await test.SettleAsync();

        sends.Should().OnlyContain(send => send.IsCompletedSuccessfully);
        test.Settled.Exactly(50);
    }

    [Fact]
    public async Task Start_StoreThatCannotBeOpened_ThrowsItsException()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("notes.txt"), "These are no messages.");

        await FluentActions.Awaiting(async () => await TestBroker.StartAsync(() => new SqliteMessageStore(folder.File("notes.txt"))))
            .Should().ThrowAsync<StoreFormatException>();
    }

    [Fact]
    public async Task Member_AfterDispose_IsRefused()
    {
        await _test.DisposeAsync();

        await FluentActions.Awaiting(_test.SettleAsync).Should().ThrowAsync<ObjectDisposedException>();
        FluentActions.Invoking(() => _test.Broker).Should().Throw<ObjectDisposedException>();
    }
}
