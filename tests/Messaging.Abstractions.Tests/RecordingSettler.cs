namespace Messaging.Abstractions.Tests;

/// <summary>A settler that says yes to everything and writes down what it was asked.</summary>
internal sealed class RecordingSettler : IDeliverySettler, IDisposable
{
    private readonly CancellationTokenSource _leaseLost = new();

    public List<(string Call, DeliveryToken Token, TimeSpan? Time, string? Reason, CancellationToken Cancellation)> Calls { get; } = [];

    public CancellationToken LeaseLost => _leaseLost.Token;

    public ValueTask<Settlement> AckAsync(DeliveryToken token, CancellationToken cancellationToken)
    {
        Calls.Add(("ack", token, null, null, cancellationToken));
        return new(Settlement.Acked);
    }

    public ValueTask<Settlement> NackAsync(DeliveryToken token, TimeSpan? delay, string? reason, CancellationToken cancellationToken)
    {
        Calls.Add(("nack", token, delay, reason, cancellationToken));
        return new(Settlement.Nacked);
    }

    public ValueTask<Settlement> DeadLetterAsync(DeliveryToken token, string reason, CancellationToken cancellationToken)
    {
        Calls.Add(("dead-letter", token, null, reason, cancellationToken));
        return new(Settlement.DeadLettered);
    }

    public Settlement Extend(DeliveryToken token, TimeSpan duration)
    {
        Calls.Add(("extend", token, duration, null, default));
        return Settlement.Extended;
    }

    public CancellationToken GetLeaseLost(DeliveryToken token) => _leaseLost.Token;

    public void Dispose() => _leaseLost.Dispose();
}
