using MassTransit;
using Messaging.PerfTests.Running;
using Messaging.PerfTests.Scenarios;

namespace Messaging.PerfTests.Peers;

/// <summary>One producer and one consumer on a queue of MassTransit's in-memory transport.</summary>
/// <remarks>
/// As light as it comes: a bus without host, container and logging; a handler instead of a consumer class that is made
/// for each message; a send to the queue itself, which spares the exchanges of a publish. It serializes each message,
/// as its transport always does, and its queue has no bound.
/// </remarks>
internal sealed class MassTransitQueue(int inFlight)
{
    public const string Version = "8.5.12";

    private const string Queue = "messages";

    // From 16 to 256, and with one to four handlers at once, it passes about the same number of messages.
    private const int Prefetch = 256;

    // The end of a message's pipeline comes after its handler.
    private static readonly TimeSpan _pause = TimeSpan.FromMicroseconds(100);

    /// <summary>Sends with so many sends under way and measures the time until all are handled.</summary>
    public async Task<Measurement> PassAsync(long messages, CancellationToken cancellationToken)
    {
        var tally = new Tally();
        IBusControl bus = Create(payload => tally.Add(payload.Number));
        await bus.StartAsync(cancellationToken);
        try
        {
            ISendEndpoint endpoint = await bus.GetSendEndpoint(new Uri($"queue:{Queue}"));
            Meter meter = Meter.Start();
            await Task.Run(() => SendAsync(endpoint, messages), CancellationToken.None);
            await Tally.WaitAsync([tally], messages, cancellationToken);
            Measurement measurement = meter.Stop(messages);
            Tally.Verify([tally], messages);
            return measurement;
        }
        finally
        {
            await bus.StopAsync(CancellationToken.None);
        }
    }

    /// <summary>Sends one message at a time and measures the time from each send to the start of its handler.</summary>
    public async Task<Measurement> TimeAsync(long samples, CancellationToken cancellationToken)
    {
        using var probe = new LatencyProbe(samples);
        IBusControl bus = Create(payload => probe.OnHandling(payload.Number));
        await bus.StartAsync(cancellationToken);
        try
        {
            ISendEndpoint endpoint = await bus.GetSendEndpoint(new Uri($"queue:{Queue}"));
            Meter meter = Meter.Start();
            using CancellationTokenRegistration hung = cancellationToken.UnsafeRegister(static state => ((LatencyProbe)state!).CancelWait(), probe);
            for (long number = 0; number < samples; number++)
            {
                var payload = Payload.Of(number);
                Task handled = probe.PrepareWait();
                probe.BeforeSend();
                Task sent = endpoint.Send(payload, CancellationToken.None);
                probe.AfterSend();
                await sent;
                await handled;
                LatencyProbe.Pause(_pause);
            }

            return meter.Stop(samples) with { Latencies = probe.Verified() };
        }
        finally
        {
            await bus.StopAsync(CancellationToken.None);
        }
    }

    private static IBusControl Create(Action<Payload> handle) => Bus.Factory.CreateUsingInMemory(bus => bus.ReceiveEndpoint(
        Queue,
        endpoint =>
        {
            endpoint.PrefetchCount = Prefetch;
            endpoint.ConcurrentMessageLimit = 1;
            endpoint.Handler<Payload>(context =>
            {
                WrongResultException.ThrowUnless(
                    context.Message.Text == Payload.SharedText, $"Message {context.Message.Number:N0} came changed.");
                handle(context.Message);
                return Task.CompletedTask;
            });
        }));

    private async Task SendAsync(ISendEndpoint endpoint, long messages)
    {
        var window = new SlidingWindow(inFlight);
        for (long number = 0; number < messages; number++)
        {
            await window.WaitAsync();
            window.Add(endpoint.Send(Payload.Of(number), CancellationToken.None));
        }

        await window.DrainAsync();
    }
}
