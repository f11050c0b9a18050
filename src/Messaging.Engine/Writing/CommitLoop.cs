using System.Diagnostics.CodeAnalysis;
using Messaging.Commits;
using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Storage;
using Microsoft.Extensions.Logging;

namespace Messaging.Writing;

/// <summary>The writer at work: it waits for a group, gathers company, and commits, on a thread of its own or, where everything runs in one place, there.</summary>
internal sealed class CommitLoop
{
    private readonly WorkQueue _work;
    private readonly GroupLinger _linger;
    private readonly Committer _committer;
    private readonly WriterEnd _end;
    // Without a thread, where everything runs in one place.
    private readonly Thread? _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CommitLoop(IMessageStore store, CommitComposer composer, CommitPublisher publisher, GroupLinger linger, WorkQueue work, ILogger logger)
    {
        _work = work;
        _linger = linger;
        Queue = new CommitQueue(work, new WriterWake(work, RunHere, linger.LazyWait));
        _end = new WriterEnd(Queue, work, logger);
        _committer = new Committer(store, composer, publisher, Queue, linger, logger);
        _thread = work.IsSerial ? null : new Thread(RunThread) { IsBackground = true, Name = "Messaging store writer" };
    }

    /// <summary>Gets the groups that are committed, one after the other.</summary>
    public CommitQueue Queue { get; }

    /// <summary>Gets what completes when nothing more is committed.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the thread, with nothing of the opener in its context.</summary>
    /// <param name="failed">What is told of a failure, on the writer's thread and without a lock.</param>
    public void Start(Action<StoreException> failed)
    {
        _end.Start(failed);
        _thread?.UnsafeStart();
    }

    /// <summary>Begins no further commit, as if the process had died. For tests, in which the writer has no thread.</summary>
    /// <param name="cause">What those who wait are told.</param>
    public void Abandon(StoreException cause) => _end.Abandon(cause);

    /// <summary>The life of the writer's thread.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever it is, it must reach the callers, and not end the process.")]
    private void RunThread()
    {
        try
        {
            while (Queue.WaitForWork())
            {
                _linger.WaitForCompany(Queue.Open);
                // A store may be asynchronous; the writer's thread has nothing else to do meanwhile.
                CommitNextAsync().AsTask().GetAwaiter().GetResult();
            }
        }
        catch (Exception exception)
        {
            _end.Fail(exception);
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    /// <summary>The work that there is now, where everything runs in one place and the writer has no thread.</summary>
    /// <remarks>A piece of that place's work, which is an action: nobody awaits it, and nothing leaves it.</remarks>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever it is, it must reach the callers, and not end the process.")]
    private async void RunHere()
    {
        try
        {
            bool hasEnded;
            while (Queue.HasWork(out hasEnded))
            {
                await CommitNextAsync().ConfigureAwait(WorkContext.IsCurrent);
            }

            if (hasEnded)
            {
                _ended.TrySetResult();
            }
        }
        catch (Exception exception)
        {
            _end.Fail(exception);
            Queue.Rest();
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever leaves a commit stops the writer and reaches every caller.")]
    private async ValueTask CommitNextAsync()
    {
        CommitGroup group = Queue.Take();
        try
        {
            await _committer.CommitAsync(group).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception)
        {
            _end.Fail(group, exception);
        }
        finally
        {
            Queue.Recycle(group);
            _work.Exit();
        }
    }
}
