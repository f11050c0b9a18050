namespace Messaging.Testing.Stores.Cases;

/// <summary>Threads that read while one writes.</summary>
internal static class Readers
{
    private const int Count = 3;

    /// <summary>Does some work while readers count what is wrong.</summary>
    /// <param name="work">The work.</param>
    /// <param name="read">Reads until the token says that the work is done; it is given the reader's number from 0.</param>
    /// <returns>What each reader has counted.</returns>
    public static async Task<int[]> WhileAsync(Func<Task> work, Func<int, CancellationToken, Task<int>> read)
    {
        using var done = new CancellationTokenSource();

        // A store whose calls are done when they return would keep the thread pool's threads until the end.
        Task<int>[] readers = [.. Enumerable.Range(0, Count).Select(reader => Task.Factory.StartNew(
            () => read(reader, done.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap())];
        try
        {
            await work().ConfigureAwait(false);
        }
        finally
        {
            await done.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll((IEnumerable<Task>)readers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return await Task.WhenAll(readers).ConfigureAwait(false);
    }
}
