namespace TestingAnApplication.Tests;

/// <summary>A gateway that does what a test says, and keeps what gateways promise: one charge for each key.</summary>
internal sealed class FakeGateway(TimeProvider time) : IPaymentGateway
{
    private readonly Dictionary<string, string> _charges = [];

    /// <summary>Gets or sets a value indicating whether every call fails before anything is charged.</summary>
    public bool IsDown { get; set; }

    /// <summary>Gets or sets how long it takes from the charge to the answer.</summary>
    public TimeSpan Slowness { get; set; }

    /// <summary>Gets or sets what happens between the charge and the answer.</summary>
    public Action? AfterCharge { get; set; }

    /// <summary>Gets how often it was called.</summary>
    public int Calls { get; private set; }

    /// <summary>Gets the keys that were charged.</summary>
    public IReadOnlyCollection<string> Charged => _charges.Keys;

    public async Task<string> ChargeAsync(string key, string card, decimal amount, CancellationToken cancellationToken)
    {
        Calls++;
        if (IsDown)
        {
            throw new HttpRequestException("The payment gateway is down.");
        }

        if (card == "0000")
        {
            throw new CardRefusedException("The bank refuses card 0000.");
        }

        if (!_charges.TryGetValue(key, out string? reference))
        {
            reference = $"P-{_charges.Count + 1}";
            _charges.Add(key, reference);
        }

        AfterCharge?.Invoke();
        if (Slowness > TimeSpan.Zero)
        {
            await Task.Delay(Slowness, time, cancellationToken);
        }

        return reference;
    }
}
