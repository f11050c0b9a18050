namespace TestingAnApplication.Tests;

/// <summary>A payment book in memory. It belongs to the test, so it outlives the crashes in it, as a database would.</summary>
internal sealed class FakePaymentBook : IPaymentBook
{
    private readonly Dictionary<int, Payment> _payments = [];

    public Payment? Find(int order) => _payments.GetValueOrDefault(order);

    public void Add(Payment payment) => _payments.TryAdd(payment.Order, payment);
}
