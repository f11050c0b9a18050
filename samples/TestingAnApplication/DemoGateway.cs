using System.Collections.Concurrent;

namespace TestingAnApplication;

/// <summary>Stands for the client of a real gateway. It is down for the first calls, and refuses the card 0000.</summary>
internal sealed class DemoGateway(int downFor) : IPaymentGateway
{
    private readonly ConcurrentDictionary<string, string> _charges = new();
    private int _calls;

    public async Task<string> ChargeAsync(string key, string card, decimal amount, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        if (Interlocked.Increment(ref _calls) <= downFor)
        {
            Console.WriteLine($"{key}: the payment gateway is down");
            throw new HttpRequestException("The payment gateway is down.");
        }

        return card == "0000"
            ? throw new CardRefusedException("The bank refuses card 0000.")
            : _charges.GetOrAdd(key, _ => $"P-{_charges.Count + 1}");
    }
}
