using Messaging;

namespace ReadmePrograms;

/// <summary>Stands for a service that is down at the first call.</summary>
internal sealed class PaymentGateway
{
    public int Calls { get; private set; }

    public Task ChargeAsync(Delivery<Charge> delivery, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(delivery.Body.Order);
        Calls++;
        return Calls == 1 ? throw new HttpRequestException("The payment gateway is down.") : Task.CompletedTask;
    }
}
