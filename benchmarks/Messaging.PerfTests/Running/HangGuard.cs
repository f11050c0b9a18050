namespace Messaging.PerfTests.Running;

/// <summary>A limit on the time of one measurement, so that a lost message fails the run instead of stopping it.</summary>
internal static class HangGuard
{
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(5);

    public static async Task<T> RunAsync<T>(string what, TimeSpan limit, Func<CancellationToken, Task<T>> run)
    {
        using var overdue = new CancellationTokenSource(limit);
        try
        {
            // The token lets the run say what it still waits for; the second limit holds when it does not listen.
            return await Task.Run(() => run(overdue.Token)).WaitAsync(limit + _grace);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            throw new WrongResultException($"{what} did not end within {limit.TotalSeconds:N0} s.", e);
        }
    }
}
