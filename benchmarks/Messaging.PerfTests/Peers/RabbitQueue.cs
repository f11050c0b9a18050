using System.Diagnostics;
using Messaging.PerfTests.Running;
using Messaging.PerfTests.Scenarios;
using RabbitMQ.Client;

namespace Messaging.PerfTests.Peers;

/// <summary>Persistent messages through a durable queue of a RabbitMQ server, each confirmed to the publisher, handled and acknowledged.</summary>
/// <remarks>
/// A connection and a channel for each direction. The client's own limit of publishes, which slows down to a thousand a
/// second long before it is reached, is left out; the window is the publisher's.
/// </remarks>
/// <param name="server">The server.</param>
/// <param name="type">The type of queue: <c>quorum</c> or <c>classic</c>.</param>
internal sealed class RabbitQueue(RabbitServer server, string type)
{
    public const string ClientVersion = "7.1.2";

    // A channel holds acknowledgements back while a quorum queue has 32 commands of its to apply, and what it holds back
    // is lost when it is closed: then messages come again. It has no more under way if the prefetch is so many times an
    // acknowledgement's messages.
    private const int AcksUnderWay = 16;
    private const int UsualPrefetch = 256;
    private static readonly TimeSpan _goneLimit = TimeSpan.FromSeconds(10);
    private static readonly CreateChannelOptions _confirming = new(
        publisherConfirmationsEnabled: true,
        publisherConfirmationTrackingEnabled: true,
        outstandingPublisherConfirmationsRateLimiter: null);

    /// <summary>Passes messages with so many publishes waiting for their confirmation.</summary>
    public async Task<Measurement> PassAsync(int inFlight, long wanted, CancellationToken cancellationToken)
    {
        long messages = Math.Max(1, wanted / inFlight) * inFlight;
        long[] latencies = new long[messages];
        string queue = $"{type}-{Guid.NewGuid():N}";
        await using IConnection sending = await server.ConnectAsync(cancellationToken);
        await using IConnection receiving = await server.ConnectAsync(cancellationToken);
        await using IChannel publishing = await sending.CreateChannelAsync(_confirming, cancellationToken);
        await using IChannel consuming = await receiving.CreateChannelAsync(cancellationToken: cancellationToken);
        await publishing.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = type }, cancellationToken: cancellationToken);
        int prefetch = inFlight == 1 ? AcksUnderWay : Math.Max(UsualPrefetch, inFlight);
        await consuming.BasicQosAsync(prefetchSize: 0, (ushort)prefetch, global: false, cancellationToken);
        var receiver = new RabbitReceiver(consuming, messages, (prefetch + AcksUnderWay - 1) / AcksUnderWay);

        // Reading it costs memory, which belongs to nobody's messages.
        TimeSpan cpu = server.Cpu;
        Meter meter = Meter.Start();
        await consuming.BasicConsumeAsync(queue, autoAck: false, receiver, cancellationToken);
        await Task.Run(() => PublishAsync(publishing, queue, inFlight, latencies), CancellationToken.None);
        await receiver.WaitAsync(cancellationToken);

        // The server answers when it has taken in the acknowledgements, which have no answer of their own.
        await consuming.CloseAsync(cancellationToken);
        Measurement measurement = meter.Stop(messages);
        TimeSpan serverCpu = server.Cpu - cpu;

        receiver.Verify();
        await VerifyEmptyAsync(publishing, queue, cancellationToken);
        await publishing.QueueDeleteAsync(queue, cancellationToken: cancellationToken);
        return measurement with { Cpu = measurement.Cpu + serverCpu, ServerCpu = serverCpu, Latencies = Latency.FromTimestamps(latencies) };
    }

    private static async Task PublishAsync(IChannel channel, string queue, int inFlight, long[] latencies)
    {
        var window = new SlidingWindow(inFlight);
        for (long number = 0; number < latencies.Length; number++)
        {
            await window.WaitAsync();
            window.Add(PublishOneAsync(channel, queue, number, latencies));
        }

        await window.DrainAsync();
    }

    private static async Task PublishOneAsync(IChannel channel, string queue, long number, long[] latencies)
    {
        long started = Stopwatch.GetTimestamp();

        // It completes with the confirmation, and throws if the message was refused or found no queue.
        await channel.BasicPublishAsync(
            "", queue, mandatory: true, new BasicProperties { Persistent = true }, RawBody.Of(number), CancellationToken.None);
        latencies[number] = Stopwatch.GetTimestamp() - started;
    }

    /// <summary>Checks that the server has nothing left, not even what it would deliver again.</summary>
    private static async Task VerifyEmptyAsync(IChannel channel, string queue, CancellationToken cancellationToken)
    {
        // What was not acknowledged is back as soon as the consumer is gone, which may be after the channel is closed.
        long started = Stopwatch.GetTimestamp();
        QueueDeclareOk found;
        do
        {
            found = await channel.QueueDeclarePassiveAsync(queue, cancellationToken);
        }
        while (found.ConsumerCount > 0 && Stopwatch.GetElapsedTime(started) < _goneLimit);
        WrongResultException.ThrowUnless(
            found is { ConsumerCount: 0, MessageCount: 0 },
            $"{found.MessageCount:N0} messages and {found.ConsumerCount:N0} consumers are left in '{queue}' after all was acknowledged.");
    }
}
