using System.Threading.Channels;
using Messaging.PerfTests.Baselines;
using Messaging.PerfTests.Reporting;
using Messaging.PerfTests.Running;

namespace Messaging.PerfTests.Scenarios;

/// <summary>The time from a send to the start of its handling while nothing else goes on, in memory.</summary>
/// <remarks>
/// Twice: with a sender that awaits the handling, so that its pool thread is free to do it; and with a sender that
/// keeps its own thread, so that another thread has to be woken.
/// </remarks>
internal sealed class S4IdleLatency : IScenario
{
    internal const int Samples = 20_000;
    private const int QuickSamples = 7_000;
    private const double MostMicroseconds = 1;
    private const double ExcusedTimesTheChannel = 3;
    private static readonly TimeSpan _shortPause = TimeSpan.FromMicroseconds(20);
    private static readonly TimeSpan _longPause = TimeSpan.FromMicroseconds(100);

    public string Id => "S4";

    public async Task<ScenarioResult> RunAsync(RunOptions options)
    {
        var contest = new Contest(Id, options);
        long samples = ((options.Quick ? QuickSamples : Samples) / options.Rounds) + 1;
        Comparison awaiting = await contest.RunFixedAsync(
            samples,
            new Contender("raw channel, sender awaits", (n, ct) => RawAsync(n, AwaitingSenderAsync, ct)),
            new Contender("idle, sender awaits", (n, ct) => BrokerAsync(n, AwaitingSenderAsync, ct)));
        Comparison blocking = await contest.RunFixedAsync(
            samples,
            new Contender("raw channel, sender keeps its thread", (n, ct) => RawAsync(n, BlockingSenderAsync, ct)),
            new Contender("idle, sender keeps its thread", (n, ct) => BrokerAsync(n, BlockingSenderAsync, ct)));
        var latencies = ScenarioResult.Of(
            [ComparisonRow.OfLatencies(Id, awaiting, Target.None), ComparisonRow.OfLatencies(Id, blocking, Target.None)]);
        return options.Noise ? latencies : latencies with { Limits = [MedianOf(awaiting)] };
    }

    internal static Task<Measurement> BaselineAsync(long samples, CancellationToken cancellationToken) =>
        RawAsync(samples, AwaitingSenderAsync, cancellationToken);

    internal static Task<Measurement> HandlerAsync(long samples, CancellationToken cancellationToken) =>
        BrokerAsync(samples, AwaitingSenderAsync, cancellationToken);

    // Where the machine's own hand-over is slow, the channel's beside it tells; what is close to that is not ours to be blamed for.
    private LimitRow MedianOf(Comparison awaiting) => new(
        Id,
        $"{awaiting.Name}, median from the send to the handler",
        "µs",
        new Beside("of the raw channel", awaiting.Baseline.Latency!.P50),
        awaiting.Ours.Latency!.P50,
        Target.Promise(MostMicroseconds))
    {
        Excused = ExcusedTimesTheChannel * awaiting.Baseline.Latency.P50,
    };

    private delegate Task Sender(LatencyProbe probe, long samples, Func<Payload, bool> send, Func<bool> isIdle, CancellationToken cancellationToken);

    private static async Task<Measurement> RawAsync(long samples, Sender sender, CancellationToken cancellationToken)
    {
        using var probe = new LatencyProbe(samples);
        Channel<Payload> channel = RawChannel.Create();
        Meter meter = Meter.Start();
        Task reader = Task.Run(() => ReadAsync(channel.Reader, probe), CancellationToken.None);
        await sender(probe, samples, channel.Writer.TryWrite, static () => true, cancellationToken);
        Measurement measurement = meter.Stop(samples);
        channel.Writer.Complete();
        await reader;
        return measurement with { Latencies = probe.Verified() };
    }

    private static async Task<Measurement> BrokerAsync(long samples, Sender sender, CancellationToken cancellationToken)
    {
        using var probe = new LatencyProbe(samples);
        await using var broker = MessageBroker.InMemory();
        IQueue queue = broker.Queue("s4", new QueueOptions { Capacity = RawChannel.Capacity });
        await using IProducer<Payload> producer = queue.Producer<Payload>();
        Meter meter = Meter.Start();
        await using IWorker worker = queue.Handle<Payload>((delivery, _) =>
        {
            probe.OnHandling(delivery.Body.Number);
            return ValueTask.CompletedTask;
        });
        await sender(probe, samples, payload => Send(producer, payload), () => queue.Statistics.Leased == 0, cancellationToken);
        Measurement measurement = meter.Stop(samples);
        Settling.Verify(queue, samples);
        return measurement with { Latencies = probe.Verified() };
    }

    private static async Task ReadAsync(ChannelReader<Payload> reader, LatencyProbe probe)
    {
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out Payload? payload))
            {
                probe.OnHandling(payload.Number);
            }
        }
    }

    /// <summary>Sends and expects that there is no need to wait: the queue is empty and in memory.</summary>
    private static bool Send(IProducer<Payload> producer, Payload payload)
    {
        ValueTask<Receipt> sent = producer.SendAsync(payload);
        return sent.IsCompletedSuccessfully && sent.GetAwaiter().GetResult().Sequence == payload.Number + 1;
    }

    private static async Task AwaitingSenderAsync(
        LatencyProbe probe, long samples, Func<Payload, bool> send, Func<bool> isIdle, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration hung = cancellationToken.UnsafeRegister(static state => ((LatencyProbe)state!).CancelWait(), probe);
        for (long number = 0; number < samples; number++)
        {
            var payload = Payload.Of(number);
            Task handled = probe.PrepareWait();
            probe.BeforeSend();
            bool sent = send(payload);
            probe.AfterSend();
            WrongResultException.ThrowUnless(sent, $"Send {number:N0} to an empty queue in memory did not complete at once.");
            await handled;

            // On its own thread: a sender that goes through the pool to look leaves another thread awake that the next handler may run on.
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                LatencyProbe.Pause(_shortPause);
            }
            while (!isIdle());
        }
    }

    private static Task BlockingSenderAsync(
        LatencyProbe probe, long samples, Func<Payload, bool> send, Func<bool> isIdle, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () =>
            {
                for (long number = 0; number < samples; number++)
                {
                    var payload = Payload.Of(number);
                    probe.BeforeSend();
                    bool sent = send(payload);
                    probe.AfterSend();
                    WrongResultException.ThrowUnless(sent, $"Send {number:N0} to an empty queue in memory did not complete at once.");
                    probe.Wait(cancellationToken);
                    while (!isIdle())
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        Thread.Yield();
                    }

                    LatencyProbe.Pause(_longPause);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
}
