namespace TestingAnApplication;

/// <summary>Who takes money from cards, somewhere else.</summary>
internal interface IPaymentGateway
{
    /// <summary>Takes an amount from a card, once for each key, however often it is asked, as the gateways of this world promise.</summary>
    /// <returns>The gateway's name for the payment.</returns>
    /// <exception cref="CardRefusedException">The bank does not pay.</exception>
    /// <exception cref="HttpRequestException">The gateway is down.</exception>
    Task<string> ChargeAsync(string key, string card, decimal amount, CancellationToken cancellationToken);
}
