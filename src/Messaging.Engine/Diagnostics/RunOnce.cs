using System.Diagnostics.CodeAnalysis;

namespace Messaging.Diagnostics;

/// <summary>A piece of work that is done once: whoever asks later waits for the first one's.</summary>
internal sealed class RunOnce
{
    private TaskCompletionSource? _done;

    /// <summary>Gets a value indicating whether it has run to its end.</summary>
    public bool IsDone => Volatile.Read(ref _done)?.Task.IsCompleted ?? false;

    /// <summary>Does the work, or waits for it.</summary>
    /// <param name="work">The work.</param>
    /// <param name="isWithin">Whether the work may wait for the caller: then the work begins, and the caller waits for nothing.</param>
    /// <param name="failed">Receives a failure that nobody waits for.</param>
    public ValueTask RunAsync(Func<Task> work, bool isWithin, Action<Exception> failed)
    {
        bool begins = Volatile.Read(ref _done) is null;
        Task running = RunAsync(work);
        if (!isWithin)
        {
            return new ValueTask(running);
        }

        _ = ObserveAsync(running, begins ? failed : static _ => { });
        return ValueTask.CompletedTask;
    }

    [SuppressMessage("Design", "CA1031", Justification = "The failure is passed on, whatever it is.")]
    private static async Task ObserveAsync(Task running, Action<Exception> failed)
    {
        try
        {
            await running.ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception)
        {
            failed(exception);
        }
    }

    private async Task RunAsync(Func<Task> work)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (Interlocked.CompareExchange(ref _done, mine, null) is { } first)
        {
            await first.Task.ConfigureAwait(WorkContext.IsCurrent);
            return;
        }

        try
        {
            // The first caller's ambient state has no part in it: the work is everybody's.
            await CleanContext.Get(work).ConfigureAwait(WorkContext.IsCurrent);
            mine.SetResult();
        }
        catch (Exception exception)
        {
            mine.SetException(exception);
            _ = mine.Task.Exception;
            throw;
        }
    }
}
