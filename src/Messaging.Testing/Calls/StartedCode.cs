using Messaging.Diagnostics;
using Messaging.Testing.Following;
using Messaging.Testing.Running;

namespace Messaging.Testing.Calls;

/// <summary>The start of code under test that has loops of its own.</summary>
internal static class StartedCode
{
    // What was queued to the thread pool before, such as the loops of a host, is taken before the first of them; the others give it time to begin.
    private const int Rounds = 4;

    /// <summary>Starts code in the queue, and follows it.</summary>
    public static Task RunAsync(SerialWork work, FollowedCode followed, Func<Task> code)
    {
        followed.Begin(delivery: null);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        work.AddCall(async () =>
        {
            // Not seen by the caller, since an asynchronous method sets it.
            Activity.Current = followed;
            Exception? failure = await TryAsync(code).ConfigureAwait(WorkContext.IsCurrent);
            if (failure is not null and not OperationCanceledException && !followed.IsAbandoned)
            {
                work.Failures.AddUntold(failure);
            }

            if (failure is not null)
            {
                // It leaves nothing behind that works on what it has received.
                followed.Abandon();
                Complete(done, failure);
                return;
            }

            work.Count.Begin();
            for (int round = 0; round < Rounds; round++)
            {
                await FlushPoolAsync().ConfigureAwait(WorkContext.IsCurrent);
            }

            followed.End();
            work.Count.End();
            done.SetResult();
        });
        return done.Task;
    }

    /// <summary>Counts a task that was started elsewhere until it ends.</summary>
    public static void Track(WorkCount count, Task task)
    {
        count.Begin();
        task.ContinueWith(
            static (_, count) => ((WorkCount)count!).End(),
            count,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private static async Task<Exception?> TryAsync(Func<Task> code)
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        try
        {
            Task task;
            try
            {
                task = code();
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(context);
            }

            await (task ?? throw new InvalidOperationException("The code gave no task.")).ConfigureAwait(WorkContext.IsCurrent);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private static Task FlushPoolAsync()
    {
        var flushed = new TaskCompletionSource();
        ThreadPool.UnsafeQueueUserWorkItem(
            static flushed =>
            {
                Thread.Sleep(1);
                flushed.SetResult();
            },
            flushed,
            preferLocal: false);
        return flushed.Task;
    }

    private static void Complete(TaskCompletionSource done, Exception failure)
    {
        if (failure is OperationCanceledException cancelled)
        {
            done.SetCanceled(cancelled.CancellationToken);
        }
        else
        {
            done.SetException(failure);
        }
    }
}
