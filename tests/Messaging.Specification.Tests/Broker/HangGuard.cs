namespace Messaging.Specification.Tests.Broker;

/// <summary>The only wall clock in these tests: a limit that turns a hang into a failure.</summary>
internal static class HangGuard
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Awaits something that must end by itself.</summary>
    public static Task Soon(this Task task) => task.WaitAsync(Limit);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Limit);

    public static Task Soon(this ValueTask task) => task.AsTask().WaitAsync(Limit);

    public static Task<T> Soon<T>(this ValueTask<T> task) => task.AsTask().WaitAsync(Limit);

    /// <summary>Receives a message that must be there or about to come.</summary>
    public static async Task<Delivery<T>> NextAsync<T>(this IConsumer<T> consumer)
    {
        using var limit = new CancellationTokenSource(Limit);
        return await consumer.ReceiveAsync(limit.Token);
    }

    /// <summary>Lets other threads run until something that they do has happened.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
