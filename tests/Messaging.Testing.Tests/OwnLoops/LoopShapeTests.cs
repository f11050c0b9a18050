using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Messaging.Testing.Tests.OwnLoops;

/// <summary>Loops of shapes that the test broker has no word for: time never moves while a delivery is in hand, nor does a test hang.</summary>
public sealed partial class LoopShapeTests : IAsyncLifetime
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private static readonly ConsumerOptions _shortLease = new() { LeaseDuration = TimeSpan.FromSeconds(5) };

    private readonly TestBroker _test = TestBroker.Start(new TestBrokerOptions { HangLimit = TimeSpan.FromSeconds(2) });
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<int> _handled = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _test.DisposeAsync();
        _stop.Dispose();
    }

    private IConsumer<int> Consumer(string queue) => _test.Broker.Queue(queue).Consumer<int>(_shortLease);

    private async Task SendAsync(string queue, int count)
    {
        IProducer<int> producer = _test.Broker.Queue(queue).Producer<int>();
        for (int i = 0; i < count; i++)
        {
            await producer.SendAsync(i);
        }
    }

    private void AllAtZero(int count, string queue = "in")
    {
        _test.Settled.On(queue).At([.. Enumerable.Repeat(TimeSpan.Zero, count)]);
        _test.Observations.Where(seen => seen.Kind == ObservationKind.LeaseLost).None();
    }

    [Fact]
    public async Task Pipeline_OfThreeStages_IsWaitedForFromEndToEnd()
    {
        var stop = _stop.Token;
        _ = _test.Run(async () =>
        {
            var first = Channel.CreateBounded<Delivery<int>>(3);
            var second = Channel.CreateBounded<(Delivery<int>, int)>(2);
            await Task.WhenAll(
                Task.Run(async () =>
                {
                    var consumer = Consumer("in");
                    while (true)
                    {
                        await first.Writer.WriteAsync(await consumer.ReceiveAsync(stop), stop);
                    }
                }),
                Task.Run(async () =>
                {
                    await foreach (var d in first.Reader.ReadAllAsync(stop))
                    {
                        await Task.Run(Loops.RealWork, stop);
                        await second.Writer.WriteAsync((d, d.Body * 2), stop);
                    }
                }),
                Task.Run(async () =>
                {
                    await foreach (var (d, value) in second.Reader.ReadAllAsync(stop))
                    {
                        await Task.Run(Loops.RealWork, stop);
                        _handled.Enqueue(value);
                        await d.AckAsync(stop);
                    }
                }));
        });
        await SendAsync("in", 20);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        AllAtZero(20);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ParallelForEach_OverBatches_LosesNoLease(bool virtualWork)
    {
        var stop = _stop.Token;
        _ = _test.Run(async () =>
        {
            var consumer = Consumer("in");
            while (true)
            {
                var batch = await consumer.ReceiveBatchAsync(10, TimeSpan.FromSeconds(1), stop);
                await Parallel.ForEachAsync(batch, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = stop }, async (d, ct) =>
                {
                    if (virtualWork && d.Body % 2 == 0)
                    {
                        await Task.Delay(TimeSpan.FromMilliseconds(100), _test.Time, ct);
                    }

                    await Task.Run(Loops.RealWork, ct);
                    await d.AckAsync(ct);
                });
            }
        });
        await SendAsync("in", 20);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        _test.Settled.Exactly(20);
        _test.Observations.Where(seen => seen.Kind == ObservationKind.LeaseLost).None();
        if (!virtualWork)
        {
            AllAtZero(20);
        }
    }

    [Fact]
    public async Task WhenAny_OfAReceiptAndADelay_CountsNoDelayThatLost()
    {
        var stop = _stop.Token;
        int idle = 0;
        _ = _test.Run(async () =>
        {
            var consumer = Consumer("in");
            Task<Delivery<int>> receive = consumer.ReceiveAsync(stop).AsTask();
            while (true)
            {
                Task delay = Task.Delay(_second, _test.Time, stop);
                if (await Task.WhenAny(receive, delay) == delay)
                {
                    stop.ThrowIfCancellationRequested();
                    idle++;
                    continue;
                }

                var d = await receive;
                await Task.Run(Loops.RealWork);
                _handled.Enqueue(d.Body);
                await d.AckAsync(stop);
                receive = consumer.ReceiveAsync(stop).AsTask();
            }
        });
        await SendAsync("in", 20);

        await _test.AdvanceAsync(TimeSpan.FromSeconds(10));

        AllAtZero(20);
        idle.Should().Be(10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Settlement_InAnotherTask_HappensBeforeTimeMoves(bool nack)
    {
        var stop = _stop.Token;
        _ = _test.Run(async () =>
        {
            var consumer = Consumer("in");
            var acks = Channel.CreateUnbounded<Delivery<int>>();
            Task acker = Task.Run(async () =>
            {
                await foreach (var d in acks.Reader.ReadAllAsync(stop).ConfigureAwait(false))
                {
                    Loops.RealWork();
                    if (nack && d.Attempt == 1)
                    {
                        await d.NackAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(false);
                    }
                    else
                    {
                        await d.AckAsync(stop).ConfigureAwait(false);
                    }
                }
            });
            while (true)
            {
                var d = await consumer.ReceiveAsync(stop);
                await Task.Run(Loops.RealWork);
                _handled.Enqueue(d.Body);
                acks.Writer.TryWrite(d);
            }
        });
        await SendAsync("in", 20);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        _test.Observations.Where(seen => seen.Kind == ObservationKind.LeaseLost).None();
        if (nack)
        {
            _test.Settled.At([.. Enumerable.Repeat(TimeSpan.Zero, 20), .. Enumerable.Repeat(30 * _second, 20)]);
        }
        else
        {
            AllAtZero(20);
        }
    }

    [Fact]
    public async Task TaskForEachMessage_WithWorkAndDelays_KeepsItsTimes()
    {
        var stop = _stop.Token;
        _ = _test.Run(async () =>
        {
            var consumer = Consumer("in");
            using var slots = new SemaphoreSlim(4);
            while (true)
            {
                await slots.WaitAsync(stop);
                var d = await consumer.ReceiveAsync(stop);
                _ = Task.Run(async () =>
                {
                    try
                    {
                        Loops.RealWork();
                        await Task.Delay(TimeSpan.FromMilliseconds(10), _test.Time);
                        Loops.RealWork();
                        _handled.Enqueue(d.Body);
                        await d.AckAsync();
                    }
                    finally
                    {
                        slots.Release();
                    }
                });
            }
        });
        await SendAsync("in", 20);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        _test.Settled.Exactly(20);
        _test.Observations.Where(seen => seen.Kind == ObservationKind.LeaseLost).None();
        _test.Settled.At([.. Enumerable.Range(0, 20).Select(i => TimeSpan.FromMilliseconds(((i / 4) + 1) * 10))]);
    }

    [Fact]
    public async Task Loop_OnTheThreadPoolThroughout_KeepsItsTimes()
    {
        var stop = _stop.Token;
        _ = _test.Run(async () =>
        {
            var consumer = Consumer("in");
            await Task.Run(async () =>
            {
                while (true)
                {
                    var d = await consumer.ReceiveAsync(stop).ConfigureAwait(false);
                    await Task.Run(async () =>
                    {
                        await Task.Yield();
                        Loops.RealWork();
                        await Loops.RealWorkAsync().ConfigureAwait(false);
                    }).ConfigureAwait(false);
                    await Task.Delay(TimeSpan.FromMilliseconds(10), _test.Time, stop).ConfigureAwait(false);
                    await Task.Run(Loops.RealWork).ConfigureAwait(false);
                    _handled.Enqueue(d.Body);
                    await d.AckAsync(stop).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
        });
        await SendAsync("in", 10);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        _test.Settled.At([.. Enumerable.Range(1, 10).Select(i => TimeSpan.FromMilliseconds(10 * i))]);
    }

    [Fact]
    public async Task Heartbeat_BesideWorkInRealTime_DoesNotHideIt()
    {
        var stop = _stop.Token;
        int beats = 0;
        _ = _test.Run(async () =>
        {
            var consumer = Consumer("in");
            while (true)
            {
                var d = await consumer.ReceiveAsync(stop);
                using var done = CancellationTokenSource.CreateLinkedTokenSource(stop);
                Task beat = Task.Run(async () =>
                {
                    while (true)
                    {
                        await Task.Delay(2 * _second, _test.Time, done.Token);
                        beats++;
                        d.Extend(TimeSpan.FromSeconds(5));
                    }
                });
                await Task.Run(() => Thread.SpinWait(3_000_000));
                await Task.Delay(10 * _second, _test.Time, stop);
                await Task.Run(() => Thread.SpinWait(3_000_000));
                await done.CancelAsync();
                _handled.Enqueue(d.Body);
                await d.AckAsync(stop);
            }
        });
        await SendAsync("in", 2);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        _test.Settled.At(10 * _second, 20 * _second);
    }

    [Fact]
    public async Task BlockingLoop_OnTheThreadPool_DoesNotHang()
    {
        Task loop = _test.Run(() => Task.Run(() => Loops.BlockAndHandle(Consumer("in"), _handled.Enqueue, _stop.Token)));
        await SendAsync("in", 20);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        AllAtZero(20);
        await _stop.CancelAsync();
        await FluentActions.Awaiting(() => loop).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task WhenAny_OfADelayInAHandler_CountsNoDelayThatLost()
    {
        var order = new ConcurrentQueue<string>();
        await using IWorker worker = _test.Broker.Queue("in").Handle<int>(async (_, _) =>
        {
            await Task.WhenAny(Task.Delay(_second, _test.Time), Task.Delay(3 * _second, _test.Time));
            await Loops.RealWorkAsync();
            order.Enqueue($"handled at {_test.Time.GetTimestamp() / TimeSpan.TicksPerSecond}");
        });
        await SendAsync("in", 1);

        await _test.AdvanceAsync(10 * _second);

        order.Should().Equal("handled at 1");
    }
}
