using Messaging.PerfTests.Running;
using Messaging.PerfTests.Scenarios;
using RabbitMQ.Client;

namespace Messaging.PerfTests.Peers;

/// <summary>A consumer that checks each message, counts it and acknowledges so many at once.</summary>
/// <param name="channel">The channel.</param>
/// <param name="messages">The messages that come; the acknowledgement of the last one does not wait for more.</param>
/// <param name="ackEvery">The messages that one acknowledgement is for.</param>
internal sealed class RabbitReceiver(IChannel channel, long messages, int ackEvery) : AsyncDefaultBasicConsumer(channel)
{
    private readonly Tally _tally = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override async Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default)
    {
        try
        {
            Check(redelivered, properties, body);
            _tally.Add(RawBody.NumberOf(body));
            bool last = _tally.Count == messages;
            if (last || _tally.Count % ackEvery == 0)
            {
                await Channel.BasicAckAsync(deliveryTag, multiple: true, cancellationToken);
            }

            if (last)
            {
                _ended.SetResult();
            }
        }
        catch (Exception e)
        {
            _ended.TrySetException(e);
        }
    }

    /// <summary>Waits until all have come and the last acknowledgement was sent.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _ended.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException e)
        {
            throw new WrongResultException($"Only {_tally.Count:N0} of {messages:N0} messages came.", e);
        }
    }

    public void Verify() => Tally.Verify([_tally], messages);

    private static void Check(bool redelivered, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body) =>
        WrongResultException.ThrowUnless(
            !redelivered && properties.Persistent && body.Length == RawBody.Length && !body.Span[sizeof(long)..].ContainsAnyExcept((byte)0),
            $"A message of {body.Length:N0} bytes came changed, again or not persistent.");
}
