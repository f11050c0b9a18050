using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Messaging.Testing.Tests.OwnLoops;

/// <summary>A host of the test's own with background services, which know the broker from its container.</summary>
public sealed class HostedServiceTests : IAsyncLifetime
{
    private static readonly ConsumerOptions _shortLease = new() { LeaseDuration = TimeSpan.FromSeconds(5) };
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly TestBroker _test = TestBroker.Start();
    private readonly List<int> _handled = [];
    private readonly List<(int Count, TimeSpan Time)> _written = [];
    private IHost? _host;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _test.DisposeAsync();
        _host?.Dispose();
    }

    [Fact]
    public async Task Services_OfAStartedHost_AreWaitedForEach()
    {
        await StartAsync(
            stop => Loops.RelayAsync(Consumer("in"), Producer("out"), stop),
            stop => Loops.HandleAsync(Consumer("out"), _handled.Add, stop),
            stop => TickAsync(TimeSpan.FromMinutes(1), stop));
        await SendAsync("in", 20);

        await _test.AdvanceAsync(TimeSpan.FromMinutes(5));

        _handled.Should().Equal(Enumerable.Range(0, 20));
        _test.Settled.On("in").At([.. Enumerable.Repeat(TimeSpan.Zero, 20)]);
        _test.Settled.On("out").At([.. Enumerable.Repeat(TimeSpan.Zero, 20)]);
        _test.Sent.On("ticks").At([.. Enumerable.Range(1, 5).Select(minute => TimeSpan.FromMinutes(minute))]);
    }

    [Fact]
    public async Task BatchWriter_InAService_WritesInItsTime()
    {
        DateTimeOffset start = _test.Now;
        await StartAsync(
            stop => Loops.WriteBatchesAsync(
                Consumer("rows"), 10, _second, 2 * _second, _test.Time, batch => _written.Add((batch.Count, _test.Now - start)), stop),
            stop => TickAsync(_second, stop));
        await SendAsync("rows", 25);

        await _test.AdvanceAsync(TimeSpan.FromMinutes(1));

        _written.Should().Equal((10, 2 * _second), (10, 4 * _second), (5, 7 * _second));
        _test.Settled.Where(seen => seen.Kind == ObservationKind.Acked).Exactly(25);
    }

    [Fact]
    public async Task PollingLoopAndDelays_InServices_KeepTheirTimes()
    {
        int idle = 0;
        await StartAsync(
            stop => Loops.PollAsync(Consumer("log"), _test.Time, _handled.Add, () => Interlocked.Increment(ref idle), stop),
            async stop =>
            {
                while (true)
                {
                    await Task.Delay(TimeSpan.FromSeconds(3), _test.Time, stop);
                    await Producer("log").SendAsync(7, cancellationToken: stop);
                }
            });

        await _test.AdvanceAsync(TimeSpan.FromSeconds(10));

        _test.Sent.At(3 * _second, 6 * _second, 9 * _second);
        TimeSpan handling = TimeSpan.FromMilliseconds(5);
        _test.Settled.At((3 * _second) + handling, (6 * _second) + handling, (9 * _second) + handling);
        _handled.Should().Equal(7, 7, 7);
    }

    [Fact]
    public async Task Loop_OverAllDeliveriesInAService_IsWaitedFor()
    {
        await StartAsync(async stop =>
        {
            await foreach (Delivery<int> delivery in Consumer("orders").ReadAllAsync(stop))
            {
                await Loops.RealWorkAsync();
                _handled.Add(delivery.Body);
                await delivery.AckAsync(stop);
            }
        });
        await SendAsync("orders", 20);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        _handled.Should().Equal(Enumerable.Range(0, 20));
        _test.Settled.At([.. Enumerable.Repeat(TimeSpan.Zero, 20)]);
    }

    [Fact]
    public async Task Stop_OfTheHost_LeavesNothingThatCounts()
    {
        await StartAsync(
            stop => Loops.RelayAsync(Consumer("in"), Producer("out"), stop),
            stop => TickAsync(_second, stop));
        await SendAsync("in", 3);
        await _test.SettleAsync();

        await _host!.StopAsync();
        await SendAsync("in", 1);
        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        _test.Settled.On("in").Exactly(3);
        _test.Sent.On("out").Exactly(3);
    }

    [Fact]
    public async Task LoopThatFails_AfterItsHostHasStarted_ReturnsWhatItsConsumerHeld()
    {
        await StartAsync(async stop =>
        {
            await using IConsumer<int> consumer = Consumer("orders");
            await consumer.ReceiveAsync(stop);
            await Loops.RealWorkAsync();
            throw new InvalidOperationException("the loop is dead");
        });
        await SendAsync("orders", 1);

        await _test.AdvanceAsync(TimeSpan.FromHours(1));

        _test.Observations.Where(seen => seen.Kind == ObservationKind.Returned).At(TimeSpan.Zero);
    }

    [Fact]
    public async Task LoopThatFails_WithADeliveryInHand_IsExplained()
    {
        await using TestBroker test = TestBroker.Start(new TestBrokerOptions { HangLimit = TimeSpan.FromMilliseconds(300) });
        await StartAsync(test, async stop =>
        {
            await test.Broker.Queue("orders").Consumer<int>().ReceiveAsync(stop);
            throw new InvalidOperationException("the loop is dead");
        });
        Receipt receipt = await test.Broker.Queue("orders").Producer<int>().SendAsync(1);

        (await FluentActions.Awaiting(test.SettleAsync).Should().ThrowAsync<NotAtRestException>())
            .WithMessage($"*message {receipt.MessageId} of 'orders'*dispose its consumer*");
    }

    private async Task TickAsync(TimeSpan period, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(period, _test.Time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            await Producer("ticks").SendAsync(1, cancellationToken: stop);
        }
    }

    private Task StartAsync(params Func<CancellationToken, Task>[] loops) => StartAsync(_test, loops);

    private async Task StartAsync(TestBroker test, params Func<CancellationToken, Task>[] loops)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(test.Broker);
        builder.Services.AddSingleton<TimeProvider>(test.Time);
        foreach (Func<CancellationToken, Task> loop in loops)
        {
            builder.Services.AddSingleton<IHostedService>(_ => new LoopService(loop));
        }

        _host = builder.Build();
        await test.Run(() => _host.StartAsync());
    }

    private IConsumer<int> Consumer(string queue) => _test.Broker.Queue(queue).Consumer<int>(_shortLease);

    private IProducer<int> Producer(string queue) => _test.Broker.Queue(queue).Producer<int>();

    private async Task SendAsync(string queue, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await Producer(queue).SendAsync(i);
        }
    }

    private sealed class LoopService(Func<CancellationToken, Task> loop) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => loop(stoppingToken);
    }
}
