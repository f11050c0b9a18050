namespace TestingAnApplication;

/// <summary>Prints the mails, and knows when as many were sent as are expected.</summary>
internal sealed class ConsoleMailer(int expected) : IMailer
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _sent;

    public Task Done => _done.Task;

    public Task SendAsync(int order, string text, CancellationToken cancellationToken)
    {
        Console.WriteLine($"order {order}: mail to the customer: {text}");
        if (Interlocked.Increment(ref _sent) == expected)
        {
            _done.SetResult();
        }

        return Task.CompletedTask;
    }
}
