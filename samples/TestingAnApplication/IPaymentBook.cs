namespace TestingAnApplication;

/// <summary>The application's own record of payments, which outlives its process.</summary>
internal interface IPaymentBook
{
    /// <summary>Gets the payment of an order, or <see langword="null"/>.</summary>
    Payment? Find(int order);

    /// <summary>Writes a payment down. It is kept when the call returns; once is enough, twice does no harm.</summary>
    void Add(Payment payment);
}
