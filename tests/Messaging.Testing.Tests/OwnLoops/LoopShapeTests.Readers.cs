using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Messaging.Testing.Tests.OwnLoops;

/// <summary>Loops that read through something of their own, and services.</summary>
public sealed partial class LoopShapeTests
{
    private static async IAsyncEnumerable<Delivery<int>> WrappedAsync(IConsumer<int> consumer, [EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var d in consumer.ReadAllAsync(stop))
        {
            yield return d;
        }
    }

    private static async IAsyncEnumerable<List<Delivery<int>>> BufferedAsync(IAsyncEnumerable<Delivery<int>> source, int size)
    {
        var buffer = new List<Delivery<int>>();
        await foreach (var d in source)
        {
            buffer.Add(d);
            if (buffer.Count == size)
            {
                yield return buffer;
                buffer = [];
            }
        }
    }

    private static async IAsyncEnumerable<Delivery<int>> ReceivedAsync(IConsumer<int> consumer, [EnumeratorCancellation] CancellationToken stop)
    {
        while (true)
        {
            yield return await consumer.ReceiveAsync(stop);
        }
    }

    [Theory]
    [InlineData(false, false, 1)]
    [InlineData(false, true, 1)]
    [InlineData(true, false, 1)]
    [InlineData(true, true, 1)]
    [InlineData(false, false, 5)]
    [InlineData(false, true, 5)]
    [InlineData(true, false, 5)]
    [InlineData(true, true, 5)]
    public async Task AsyncEnumerable_AroundAConsumer_LetsItsReaderHaveTheDeliveries(bool readAll, bool virtualWork, int buffer)
    {
        var stop = _stop.Token;
        _ = _test.Run(async () =>
        {
            var consumer = Consumer("in");
            await foreach (var batch in BufferedAsync(readAll ? WrappedAsync(consumer, stop) : ReceivedAsync(consumer, stop), buffer))
            {
                if (virtualWork)
                {
                    await Task.Delay(_second, _test.Time, stop);
                }

                await Task.Run(Loops.RealWork);
                foreach (var d in batch)
                {
                    _handled.Enqueue(d.Body);
                    await d.AckAsync(stop);
                }
            }
        });
        await SendAsync("in", 20);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        _test.Settled.Exactly(20);
        _test.Observations.Where(seen => seen.Kind == ObservationKind.LeaseLost).None();
        _test.Settled.At([.. Enumerable.Range(0, 20).Select(i => virtualWork ? ((i / buffer) + 1) * _second : TimeSpan.Zero)]);
    }

    [Fact]
    public async Task Topic_WithTwoSubscriptionsAndARelay_IsWaitedFor()
    {
        var stop = _stop.Token;
        ISubscription a = await _test.Broker.SubscribeAsync("t.#", "a");
        ISubscription b = await _test.Broker.SubscribeAsync("t.*", "b");
        _ = _test.Run(() => Task.WhenAll(
            Loops.HandleAsync(a.Consumer<int>(_shortLease), _handled.Enqueue, stop),
            Loops.RelayAsync(b.Consumer<int>(_shortLease), _test.Broker.Queue("in").Producer<int>(), stop),
            Loops.HandleAsync(Consumer("in"), _handled.Enqueue, stop)));
        var producer = _test.Broker.Topic("t.x").Producer<int>();
        for (int i = 0; i < 20; i++)
        {
            await producer.SendAsync(i);
        }

        await _test.AdvanceAsync(TimeSpan.FromHours(1));
        _handled.Should().HaveCount(40);
        _test.Settled.At([.. Enumerable.Repeat(TimeSpan.Zero, 60)]);
        _test.Observations.Where(seen => seen.Kind == ObservationKind.LeaseLost).None();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TryReceive_InAPollingLoop_ActsAtItsPolls(bool pool)
    {
        var stop = _stop.Token;
        async Task Loop()
        {
            var consumer = Consumer("in");
            while (true)
            {
                while (consumer.TryReceive(out var d))
                {
                    await Task.Run(Loops.RealWork).ConfigureAwait(!pool);
                    _handled.Enqueue(d.Body);
                    await d.AckAsync(stop).ConfigureAwait(!pool);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), _test.Time, stop).ConfigureAwait(!pool);
            }
        }

        _ = _test.Run(() => pool ? Task.Run(Loop) : Loop());
        await _test.AdvanceAsync(TimeSpan.FromMilliseconds(50));
        await SendAsync("in", 20);

        await _test.AdvanceAsync(TimeSpan.FromSeconds(30));

        _test.Settled.At([.. Enumerable.Repeat(TimeSpan.FromMilliseconds(100), 20)]);
    }

    [Fact]
    public async Task Loop_WhoseConsumerIsDisposed_Ends()
    {
        bool ended = false;
        var consumer = Consumer("in");
        Task run = _test.Run(async () =>
        {
            try
            {
                while (true)
                {
                    var d = await consumer.ReceiveAsync(_stop.Token);
                    await d.AckAsync();
                }
            }
            catch (OperationCanceledException)
            {
            }
            catch (ObjectDisposedException)
            {
            }

            ended = true;
        });
        await SendAsync("in", 3);
        await _test.SettleAsync();
        await consumer.DisposeAsync();
        await _test.SettleAsync();
        ended.Should().BeTrue();
        await run;
    }

    [Fact]
    public async Task Loop_AfterACrash_GoesOnWithWhatIsLeft()
    {
        for (int life = 0; life < 3; life++)
        {
            _ = _test.Run(() => Loops.HandleAsync(Consumer("in"), _handled.Enqueue, CancellationToken.None));
            await SendAsync("in", 5);
            if (life < 2)
            {
                await _test.CrashAndReopenAsync();
            }
        }

        await _test.AdvanceAsync(TimeSpan.FromHours(1));
        var statistics = _test.Broker.Queue("in").Statistics;
        (statistics.Ready + statistics.Leased + statistics.Waiting).Should().Be(0, _test.Observations.ToString());
    }

    private sealed class LoopService(Func<CancellationToken, Task> loop) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => loop(stoppingToken);
    }

    private async Task<IHost> StartAsync(params Func<CancellationToken, Task>[] loops)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        foreach (Func<CancellationToken, Task> loop in loops)
        {
            builder.Services.AddSingleton<IHostedService>(_ => new LoopService(loop));
        }

        IHost host = builder.Build();
        await _test.Run(() => host.StartAsync());
        return host;
    }

    [Fact]
    public async Task Services_WithTimersOfTicks_AreWaitedForEach()
    {
        int ticks = 0;
        using IHost host = await StartAsync(
            async stop =>
            {
                using var timer = new PeriodicTimer(_second, _test.Time);
                var producer = _test.Broker.Queue("in").Producer<int>();
                while (await timer.WaitForNextTickAsync(stop))
                {
                    await producer.SendAsync(ticks++, stop);
                }
            },
            async stop =>
            {
                var consumer = Consumer("in");
                var producer = _test.Broker.Queue("out").Producer<int>();
                await foreach (var d in WrappedAsync(consumer, stop))
                {
                    await Task.Run(Loops.RealWork);
                    await producer.SendAsync(d.Body, stop);
                    await d.AckAsync(stop);
                }
            },
            async stop =>
            {
                var consumer = Consumer("out");
                using var timer = new PeriodicTimer(5 * _second, _test.Time);
                while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
                {
                    while (consumer.TryReceive(out var d))
                    {
                        await Task.Run(Loops.RealWork);
                        await d.AckAsync(stop);
                    }
                }
            });
        await _test.AdvanceAsync(11.5 * _second);
        _test.Settled.On("in").At([.. Enumerable.Range(1, 11).Select(i => i * _second)]);
        await host.StopAsync();
    }

    [Fact]
    public async Task TryReceive_InAServicesPollingLoop_ActsAtItsPolls()
    {
        using IHost host = await StartAsync(
            async stop =>
            {
                var consumer = Consumer("in");
                while (true)
                {
                    while (consumer.TryReceive(out var d))
                    {
                        await Task.Run(Loops.RealWork).ConfigureAwait(false);
                        await d.AckAsync(stop).ConfigureAwait(false);
                    }

                    await Task.Delay(TimeSpan.FromMilliseconds(100), _test.Time, stop).ConfigureAwait(false);
                }
            });
        await _test.AdvanceAsync(TimeSpan.FromMilliseconds(50));
        await SendAsync("in", 5);

        await _test.AdvanceAsync(TimeSpan.FromSeconds(30));

        _test.Settled.At([.. Enumerable.Repeat(TimeSpan.FromMilliseconds(100), 5)]);
    }
}
