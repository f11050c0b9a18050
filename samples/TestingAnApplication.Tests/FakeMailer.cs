namespace TestingAnApplication.Tests;

/// <summary>Keeps the mails, a line each.</summary>
internal sealed class FakeMailer : IMailer
{
    public List<string> Sent { get; } = [];

    public Task SendAsync(int order, string text, CancellationToken cancellationToken)
    {
        Sent.Add($"order {order}: {text}");
        return Task.CompletedTask;
    }
}
