using Messaging.Diagnostics;
using Messaging.Groups;
using Microsoft.Extensions.Logging;

namespace Messaging.Writing;

/// <summary>The end of a writer that has failed: the callers of a group, those that wait, and later ones get the failure.</summary>
internal sealed class WriterEnd(CommitQueue queue, WorkQueue work, ILogger logger)
{
    // Given when the writer starts, before anything can fail.
    private Action<StoreException>? _failed;

    /// <summary>Notes who is told of a failure, on the writer's thread and without a lock.</summary>
    public void Start(Action<StoreException> failed) => _failed = failed;

    /// <summary>Confirms nothing more after a commit that has failed.</summary>
    public void Fail(CommitGroup group, Exception exception) => Stop(group, WriterFailure.OfCommit(exception));

    /// <summary>Confirms nothing more after an unexpected exception.</summary>
    public void Fail(Exception exception) => Stop(null, WriterFailure.OfEnd(exception));

    /// <summary>Begins no further commit, as if the process had died. For tests, in which the writer has no thread.</summary>
    /// <param name="cause">What those who wait are told.</param>
    public void Abandon(StoreException cause)
    {
        var failure = WriterFailure.Of(cause);
        FailWaiting(queue.Stop(failure, out _), failure);
    }

    private void Stop(CommitGroup? group, StoreException cause)
    {
        var failure = WriterFailure.Of(cause);
        CommitGroup[] waiting = queue.Stop(failure, out bool isFirst);
        if (isFirst)
        {
            EngineLog.StoreStopped(logger, cause);
        }

        group?.Callers.Fail(group.Appends, cause);
        FailWaiting(waiting, failure);
        if (isFirst)
        {
            _failed?.Invoke(cause);
        }
    }

    private void FailWaiting(CommitGroup[] waiting, WriterFailure failure)
    {
        foreach (CommitGroup group in waiting)
        {
            group.Callers.Fail(group.Appends, failure.NothingStored());
            if (group.HasWork)
            {
                group.HasWork = false;
                work.Exit();
            }
        }
    }
}
