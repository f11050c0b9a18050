namespace Messaging.Testing.Tests.OwnLoops;

/// <summary>Code under test with a loop of its own: time waits for it, and so does rest.</summary>
public sealed class OwnLoopTests : IAsyncLifetime
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    // Far shorter than what is moved through: a delivery that is not waited for is lost.
    private static readonly ConsumerOptions _shortLease = new() { LeaseDuration = TimeSpan.FromSeconds(5) };

    private readonly TestBroker _test = TestBroker.Start();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<int> _handled = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _test.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task PlainLoop_WithWorkBetweenReceiptAndAck_IsWaitedFor()
    {
        _ = _test.Run(() => Loops.HandleAsync(Consumer("orders"), _handled.Add, _stop.Token));
        await SendAsync("orders", 20);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        _handled.Should().Equal(Enumerable.Range(0, 20));
        _test.Settled.At([.. Enumerable.Repeat(TimeSpan.Zero, 20)]);
    }

    [Fact]
    public async Task BatchWriter_WithATimeLimit_WritesFullBatchesAtOnceAndTheRestAtItsTime()
    {
        var written = new List<(int Count, TimeSpan Time)>();
        DateTimeOffset start = _test.Now;
        _ = _test.Run(() => Loops.WriteBatchesAsync(
            Consumer("rows"), 100, _second, TimeSpan.Zero, _test.Time, batch => written.Add((batch.Count, _test.Now - start)), _stop.Token));
        await SendAsync("rows", 230);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        written.Should().Equal((100, TimeSpan.Zero), (100, TimeSpan.Zero), (30, _second));
        _test.Settled.Where(seen => seen.Kind == ObservationKind.Acked).Exactly(230);
        _test.Observations.Where(seen => seen.Kind == ObservationKind.LeaseLost).None();
    }

    [Fact]
    public async Task BatchWriter_WhoseWritesTakeVirtualTime_LetsTheClockGoOn()
    {
        var written = new List<TimeSpan>();
        DateTimeOffset start = _test.Now;
        _ = _test.Run(() => Loops.WriteBatchesAsync(
            Consumer("rows"), 10, _second, 2 * _second, _test.Time, _ => written.Add(_test.Now - start), _stop.Token));
        await SendAsync("rows", 25);

        await _test.AdvanceAsync(TimeSpan.FromMinutes(1));

        written.Should().Equal(2 * _second, 4 * _second, 7 * _second);
        _test.Settled.Exactly(25);
    }

    [Fact]
    public async Task Relay_OnTheThreadPool_IsWaitedForFromEndToEnd()
    {
        _test.Broker.Queue("out").Handle<int>((delivery, _) =>
        {
            _handled.Add(delivery.Body);
            return ValueTask.CompletedTask;
        });
        _ = _test.Run(() => Loops.RelayAsync(Consumer("in"), _test.Broker.Queue("out").Producer<int>(), _stop.Token));
        await SendAsync("in", 20);

        await _test.SettleAsync();

        _handled.Should().Equal(Enumerable.Range(0, 20));
        _test.Settled.Exactly(40);
    }

    [Fact]
    public async Task PollingLoop_WithATimeout_HandlesEachMessageInItsTime()
    {
        int idle = 0;
        await SendAsync("log", 25);
        _ = _test.Run(() => Loops.PollAsync(Consumer("log"), _test.Time, _handled.Add, () => idle++, _stop.Token));

        await _test.AdvanceAsync(10 * _second);

        _handled.Should().Equal(Enumerable.Range(0, 25));
        TimeSpan ms = TimeSpan.FromMilliseconds(1);
        _test.Settled.At(
        [
            .. Enumerable.Repeat(50 * ms, 10), .. Enumerable.Repeat(100 * ms, 10), .. Enumerable.Repeat(125 * ms, 5),
        ]);
        idle.Should().Be(9, "a poll ends each second after the last one with messages");
    }

    [Fact]
    public async Task FanOut_OverAChannel_HandlesAsManyAtOnceAsThereAreWorkers()
    {
        _ = _test.Run(() => Loops.FanOutAsync(Consumer("orders"), 4, _second, _test.Time, _handled.Add, _stop.Token));
        await SendAsync("orders", 3);
        await _test.AdvanceAsync(10 * _second);

        // More than the channel and the workers take: the reader waits for the channel, with a delivery in hand.
        await SendAsync("orders", 12);
        await _test.AdvanceAsync(TimeSpan.FromMinutes(1));

        _handled.Should().HaveCount(15);
        _test.Settled.At(
        [
            .. Enumerable.Repeat(_second, 3), .. Enumerable.Range(0, 12).Select(i => (11 + (i / 4)) * _second),
        ]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PeriodicTimer_OnVirtualTime_ActsAtEachTick(bool onThePool)
    {
        IProducer<int> producer = _test.Broker.Queue("ticks").Producer<int>();
        _ = _test.Run(() => Loops.TickAsync(
            TimeSpan.FromMinutes(1), _test.Time, async () => await producer.SendAsync(1).ConfigureAwait(false), onThePool, _stop.Token));

        await _test.AdvanceAsync(TimeSpan.FromMinutes(5.5));

        _test.Sent.At([.. Enumerable.Range(1, 5).Select(minute => TimeSpan.FromMinutes(minute))]);
    }

    [Fact]
    public async Task PeriodicTimer_WhoseWaitIsCancelled_CountsAgain()
    {
        bool done = false;
        using var either = new CancellationTokenSource();
        _ = _test.Run(async () =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1), _test.Time);
            try
            {
                await timer.WaitForNextTickAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                await Loops.RealWorkAsync();
                done = true;
            }
        });
        await _test.SettleAsync();
        done.Should().BeFalse();

        await either.CancelAsync();
        await _test.SettleAsync();

        done.Should().BeTrue();
    }

    [Fact]
    public async Task Loops_StartedTogether_AreWaitedForEach()
    {
        var others = new List<int>();
        _ = _test.Run(() => Task.WhenAll(
            Loops.HandleAsync(Consumer("orders"), _handled.Add, _stop.Token),
            Loops.HandleAsync(Consumer("others"), others.Add, _stop.Token),
            Loops.WriteBatchesAsync(Consumer("rows"), 10, _second, 2 * _second, _test.Time, static _ => { }, _stop.Token)));
        await SendAsync("orders", 20);
        await SendAsync("rows", 15);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        _handled.Should().Equal(Enumerable.Range(0, 20));
        _test.Settled.On("orders").At([.. Enumerable.Repeat(TimeSpan.Zero, 20)]);
        _test.Settled.On("rows").At([.. Enumerable.Repeat(2 * _second, 10), .. Enumerable.Repeat(5 * _second, 5)]);
        others.Should().BeEmpty();
    }

    [Fact]
    public async Task BlockingLoop_OnAThreadOfItsOwn_IsWaitedFor()
    {
        _ = _test.Run(() => Task.Factory.StartNew(
            () => Loops.BlockAndHandle(Consumer("orders"), _handled.Add, _stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        await SendAsync("orders", 20);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        _handled.Should().Equal(Enumerable.Range(0, 20));
        _test.Settled.At([.. Enumerable.Repeat(TimeSpan.Zero, 20)]);
    }

    [Fact]
    public async Task Receive_InTheTestsOwnCode_LetsItsLeaseEnd()
    {
        IConsumer<int> consumer = Consumer("orders");
        await SendAsync("orders", 1);
        Delivery<int> first = await consumer.ReceiveAsync();

        await _test.AdvanceAsync(TimeSpan.FromSeconds(5));

        (await first.AckAsync()).Should().Be(Settlement.LeaseLost);
        await _test.AdvanceAsync(TimeSpan.FromMinutes(1));
        Delivery<int> second = await ReceiveInAHelperAsync(consumer);
        second.Attempt.Should().Be(2);
        await _test.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await second.AckAsync()).Should().Be(Settlement.LeaseLost);
    }

    [Fact]
    public async Task Receive_InTheTestsOwnCodeBesideALoop_LetsItsLeaseEnd()
    {
        await _test.Run(() => Task.CompletedTask);
        _ = _test.Run(() => Loops.HandleAsync(Consumer("others"), _handled.Add, _stop.Token));
        await SendAsync("orders", 1);
        Delivery<int> mine = await ReceiveInAHelperAsync(Consumer("orders"));

        await _test.AdvanceAsync(TimeSpan.FromSeconds(5));

        (await mine.AckAsync()).Should().Be(Settlement.LeaseLost);
    }

    private static async Task<Delivery<int>> ReceiveInAHelperAsync(IConsumer<int> consumer) => await consumer.ReceiveAsync();

    private IConsumer<int> Consumer(string queue) => _test.Broker.Queue(queue).Consumer<int>(_shortLease);

    private async Task SendAsync(string queue, int count)
    {
        IProducer<int> producer = _test.Broker.Queue(queue).Producer<int>();
        for (int i = 0; i < count; i++)
        {
            await producer.SendAsync(i);
        }
    }
}
