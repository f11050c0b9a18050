namespace Messaging.Testing.Tests;

public sealed class TestBrokerTests : IAsyncLifetime
{
    private readonly TestBroker _test = TestBroker.Start();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Settle_HandlerThatReturns_IsAcked()
    {
        _test.Broker.Queue("orders").Handle<int>((_, _) => ValueTask.CompletedTask);
        Receipt receipt = await _test.Broker.Queue("orders").Producer<int>().SendAsync(42);

        await _test.SettleAsync();

        _test.Sent.Of(receipt).Single().Body.Should().Be(42);
        _test.Delivered.Of(receipt).At(TimeSpan.Zero);
        _test.Settled.Of(receipt).Single().Kind.Should().Be(ObservationKind.Acked);
    }

    [Fact]
    public async Task SendBatch_CollectionThatCanBeReadOnce_IsSentAndSeen()
    {
        var messages = new Queue<Message<int>>([new(1), new(2)]);

        IReadOnlyList<Receipt> receipts = await _test.Broker.Queue("orders").Producer<int>().SendBatchAsync(new ReadOnce(messages));

        receipts.Should().HaveCount(2);
        _test.Sent.Of(receipts[0]).Single().Body.Should().Be(1);
        _test.Sent.Of(receipts[1]).Single().Body.Should().Be(2);
    }

    [Fact]
    public async Task Advance_RetryAfterFiveMinutes_HappensAtThatTick()
    {
        _test.Broker.Queue("charges").Handle<int>(
            (delivery, _) => delivery.Attempt == 1 ? throw new InvalidOperationException("payment down") : ValueTask.CompletedTask,
            new() { Retry = RetryPolicy.Schedule(TimeSpan.FromMinutes(5)) });
        Receipt receipt = await _test.Broker.Queue("charges").Producer<int>().SendAsync(1);

        await _test.AdvanceAsync(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        _test.Delivered.Of(receipt).At(TimeSpan.Zero);
        await _test.AdvanceAsync(TimeSpan.FromTicks(1));

        _test.Delivered.Of(receipt).At(TimeSpan.Zero, TimeSpan.FromMinutes(5));
        _test.DeadLettered.None();
    }

    [Fact]
    public async Task Settle_HandlerThatWaitsForVirtualTime_IsAtRest()
    {
        _test.Broker.Queue("slow").Handle<int>(async (_, token) => await Task.Delay(TimeSpan.FromHours(2), _test.Time, token), new() { MaxProcessingTime = TimeSpan.FromHours(3) });
        await _test.Broker.Queue("slow").Producer<int>().SendAsync(1);

        await _test.SettleAsync();
        _test.Settled.None();
        await _test.AdvanceAsync(TimeSpan.FromHours(2));

        _test.Settled.At(TimeSpan.FromHours(2));
        _test.Delivered.Exactly(1);
    }

    [Fact]
    public async Task Settle_HandlerThatWorksOnTheThreadPool_IsWaitedFor()
    {
        _test.Broker.Queue("pool").Handle<int>(async (_, _) =>
        {
            for (int i = 0; i < 20; i++)
            {
                await Task.Run(() => Thread.SpinWait(20_000)).ConfigureAwait(false);
            }
        });
        await _test.Broker.Queue("pool").Producer<int>().SendAsync(1);

        await _test.SettleAsync();

        _test.Settled.Exactly(1);
    }

    [Fact]
    public async Task Settle_LoopOverDeliveries_IsFollowed()
    {
        IConsumer<int> consumer = _test.Broker.Queue("loop").Consumer<int>();
        int sum = 0;
        Task loop = Task.Run(async () =>
        {
            await foreach (Delivery<int> delivery in consumer.ReadAllAsync())
            {
                await Task.Run(() => Thread.SpinWait(10_000));
                sum += delivery.Body;
                await delivery.AckAsync();
            }
        });
        IProducer<int> producer = _test.Broker.Queue("loop").Producer<int>();
        await producer.SendAsync(0);
        await _test.SettleAsync();

        for (int i = 1; i <= 100; i++)
        {
            await producer.SendAsync(i);
        }

        await _test.SettleAsync();
        sum.Should().Be(5050);
        await consumer.DisposeAsync();
        await loop.ContinueWith(_ => { });
    }

    [Fact]
    public async Task Settle_WaitForSomethingTheTestDoesLater_IsAtRest()
    {
        var gate = new TaskCompletionSource();
        _test.Broker.Queue("gate").Handle<int>(async (_, _) => await _test.WaitForAsync(gate.Task));
        await _test.Broker.Queue("gate").Producer<int>().SendAsync(1);
        await _test.SettleAsync();
        _test.Settled.None();

        gate.SetResult();
        await _test.SettleAsync();

        _test.Settled.Exactly(1);
    }

    [Fact]
    public async Task CrashAndReopen_MessageInHand_IsDeliveredAgain()
    {
        _test.Broker.Queue("orders").Consumer<int>();
        Receipt receipt = await _test.Broker.Queue("orders").Producer<int>().SendAsync(7);
        Delivery<int> first = await _test.Broker.Queue("orders").Consumer<int>().ReceiveAsync();

        await _test.CrashAndReopenAsync();
        Delivery<int> second = await _test.Broker.Queue("orders").Consumer<int>().ReceiveAsync();

        (await first.AckAsync()).Should().Be(Settlement.LeaseLost);
        second.MessageId.Should().Be(receipt.MessageId);
        second.Body.Should().Be(7);
    }

    [Fact]
    public async Task LoseLease_OfAMessageInHand_DeliversItAgain()
    {
        IConsumer<int> consumer = _test.Broker.Queue("orders").Consumer<int>();
        await _test.Broker.Queue("orders").Producer<int>().SendAsync(7);
        Delivery<int> first = await consumer.ReceiveAsync();

        (await _test.LoseLeaseAsync(first.MessageId)).Should().Be(1);

        first.LeaseLost.IsCancellationRequested.Should().BeTrue();
        (await first.AckAsync()).Should().Be(Settlement.LeaseLost);
        await _test.AdvanceToNextAsync();
        (await consumer.ReceiveAsync()).Attempt.Should().Be(2);
    }

    [Fact]
    public async Task Expectation_ThatFails_TellsTheHistoryOfTheMessage()
    {
        _test.Broker.Queue("charges").Handle<string>((_, _) => throw new InvalidOperationException("payment down"), new() { Retry = RetryPolicy.Schedule(TimeSpan.FromMinutes(5)) });
        await _test.Broker.Queue("charges").Producer<string>().SendAsync("a charge");
        await _test.SettleAsync();

        Action expect = () => _test.Delivered.On("charges").At(TimeSpan.Zero, TimeSpan.FromMinutes(1));

        expect.Should().Throw<ObservationException>().WithMessage(
            "Expected 2 deliveries on 'charges' at +00:00:00, +00:01:00, but there is 1.*sent to 'charges': a charge*delivered on 'charges', attempt 1: a charge*nacked on 'charges', attempt 1, due +00:05:00*payment down*");
    }
}
