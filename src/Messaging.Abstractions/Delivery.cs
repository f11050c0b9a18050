using System.Globalization;
using Messaging.Validation;

namespace Messaging;

/// <summary>One hand-over of a message to a consumer, under a lease.</summary>
/// <typeparam name="T">The type of the body.</typeparam>
/// <remarks>
/// Settle each delivery once: <see cref="AckAsync"/>, <see cref="NackAsync"/> or <see cref="DeadLetterAsync"/>. A
/// settle that comes too late, or a second one, changes nothing and returns <see cref="Settlement.LeaseLost"/>. A <see langword="default"/> delivery,
/// such as <see cref="IConsumer{T}.TryReceive"/> gives when there is no message, has empty values and no lease: <see cref="LeaseLost"/> and the
/// members that settle or extend throw <see cref="InvalidOperationException"/>.
/// </remarks>
public readonly struct Delivery<T>
{
    private readonly IDeliverySettler? _settler;
    private readonly DeliveryInfo _info;

    /// <summary>Creates a delivery; for engines and transports.</summary>
    /// <param name="body">The body.</param>
    /// <param name="info">What is known of the message and of this hand-over.</param>
    /// <param name="settler">Who settles it.</param>
    public Delivery(T body, in DeliveryInfo info, IDeliverySettler settler)
    {
        Body = body;
        _info = info;
        _settler = settler;
    }

    /// <summary>Gets the body.</summary>
    public T Body { get; }

    /// <summary>Gets the queue or topic that the message was sent to; empty for a <see langword="default"/> delivery.</summary>
    public string Destination => _info.Destination ?? "";

    /// <summary>Gets the message's id.</summary>
    public MessageId MessageId => _info.MessageId;

    /// <summary>Gets the message's number in its destination, from 1.</summary>
    public long Sequence => _info.Sequence;

    /// <summary>Gets the headers; empty if the sender gave none.</summary>
    public MessageHeaders Headers => _info.Headers ?? MessageHeaders.Empty;

    /// <summary>Gets the time at which the sender sent the message, to within a step of the system's coarse clock: 1 to 16 ms, never too late.</summary>
    public DateTimeOffset SentAt => new(_info.SentAtTicks, TimeSpan.Zero);

    /// <summary>Gets the ordinal of this delivery of the message to this subscription, from 1.</summary>
    public int Attempt => _info.Attempt;

    /// <summary>Gets the number of failures of this message in this subscription before this delivery.</summary>
    public int Failures => _info.Failures;

    /// <summary>Gets the fencing token.</summary>
    public DeliveryToken Token => _info.Token;

    /// <summary>Gets a token that is cancelled when the lease is lost; already cancelled if it is.</summary>
    public CancellationToken LeaseLost => Settler.GetLeaseLost(_info.Token);

    private IDeliverySettler Settler => _settler ?? throw NotReceived();

    /// <summary>Acknowledges the message: this subscription never sees it again.</summary>
    /// <param name="cancellationToken">Ends the wait for the commit; the ack stands.</param>
    /// <returns><see cref="Settlement.Acked"/> once the ack is as durable as the message, or <see cref="Settlement.LeaseLost"/>.</returns>
    public ValueTask<Settlement> AckAsync(CancellationToken cancellationToken = default) =>
        Settler.AckAsync(_info.Token, cancellationToken);

    /// <summary>Reports a failure: the message is redelivered after a delay, or dead-lettered if the retries are used up.</summary>
    /// <param name="delay">Overrides the retry policy's delay, zero to 3,650 days.</param>
    /// <param name="reason">What went wrong; kept with a dead letter.</param>
    /// <param name="cancellationToken">Ends the wait for the commit; the nack stands.</param>
    /// <returns><see cref="Settlement.Nacked"/>, <see cref="Settlement.DeadLettered"/> or <see cref="Settlement.LeaseLost"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The delay is out of range.</exception>
    public ValueTask<Settlement> NackAsync(TimeSpan? delay = null, string? reason = null, CancellationToken cancellationToken = default)
    {
        if (delay is { } value)
        {
            Ensure.Delay(value, nameof(delay));
        }

        return Settler.NackAsync(_info.Token, delay, reason, cancellationToken);
    }

    /// <summary>Gives the message up: it moves to the subscription's dead-letter queue.</summary>
    /// <param name="reason">Why; kept with the dead letter.</param>
    /// <param name="cancellationToken">Ends the wait for the commit; the settlement stands.</param>
    /// <returns><see cref="Settlement.DeadLettered"/> or <see cref="Settlement.LeaseLost"/>.</returns>
    public ValueTask<Settlement> DeadLetterAsync(string reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return Settler.DeadLetterAsync(_info.Token, reason, cancellationToken);
    }

    /// <summary>Lets the lease end a given time from now, instead of when it would.</summary>
    /// <param name="duration">The time from now, 1 ms to 7 days.</param>
    /// <returns><see cref="Settlement.Extended"/> or <see cref="Settlement.LeaseLost"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The duration is out of range.</exception>
    public Settlement Extend(TimeSpan duration) =>
        Settler.Extend(_info.Token, Ensure.Lease(duration, nameof(duration)));

    /// <summary>Describes the delivery in one line, without the body and the headers.</summary>
    public override string ToString() => _settler is null
        ? "Delivery that was not received from a consumer"
        : string.Create(CultureInfo.InvariantCulture, $"Delivery of message {Sequence} of '{Destination}' ({MessageId}), attempt {Attempt}");

    private static InvalidOperationException NotReceived() => new(
        "This delivery was not received from a consumer: it is the default value of its type. Settle only what ReceiveAsync, ReadAllAsync or a handler "
        + "gives, or what TryReceive gives when it returns true.");
}
