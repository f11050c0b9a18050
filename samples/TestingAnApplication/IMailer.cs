namespace TestingAnApplication;

/// <summary>Who writes to customers.</summary>
internal interface IMailer
{
    /// <summary>Sends a mail about an order to its customer.</summary>
    Task SendAsync(int order, string text, CancellationToken cancellationToken);
}
