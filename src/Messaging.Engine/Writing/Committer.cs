using System.Diagnostics.CodeAnalysis;
using Messaging.Commits;
using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Storage;
using Microsoft.Extensions.Logging;

namespace Messaging.Writing;

/// <summary>One commit, from the group to its callers: composed, made, published and confirmed; or refused.</summary>
internal sealed class Committer(
    IMessageStore store, CommitComposer composer, CommitPublisher publisher, CommitQueue queue, GroupLinger linger, ILogger logger)
{
    /// <summary>Makes the commit. Whatever it throws says that the writer has failed.</summary>
    public async ValueTask CommitAsync(CommitGroup group)
    {
        linger.Began();
        try
        {
            if (await composer.ComposeAsync(group).ConfigureAwait(WorkContext.IsCurrent))
            {
                queue.LookForDue(group.Due!);
            }

            if (SeededBugs.Is(SeededBug.DeliverBeforeCommit))
            {
                publisher.Publish(group);
                publisher.Notify();
            }

            if (!group.Commit.IsEmpty)
            {
                CrashPoint.Reached(CrashPoint.CommitBegins);
                await store.CommitAsync(group.Commit).ConfigureAwait(WorkContext.IsCurrent);
                CrashPoint.Reached(CrashPoint.CommitReturned);
            }
        }
        catch (StoreException exception) when (!exception.MustReopen && group.CanBeRefused)
        {
            Refuse(group, exception);
            return;
        }

        linger.Ended(group.Callers.Waiting);
        // The records are in their logs before anybody hears of the commit; consumers are woken after the senders.
        if (!SeededBugs.Is(SeededBug.DeliverBeforeCommit))
        {
            publisher.Publish(group);
        }

        CrashPoint.Reached(CrashPoint.Published);
        group.Callers.Complete(group.Appends);

        CrashPoint.Reached(CrashPoint.Confirmed);
        publisher.Notify();
        await MaintainAsync().ConfigureAwait(WorkContext.IsCurrent);
    }

    /// <summary>Tells the callers that nothing of theirs was stored. States are written with the next commit.</summary>
    private void Refuse(CommitGroup group, StoreException exception)
    {
        composer.TakeBack(group);
        queue.MarkAgain(group.Dirty);
        group.Callers.Fail(group.Appends, exception);
        EngineLog.CommitRefused(logger, exception);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Upkeep that fails is tried again; a commit that fails says so itself.")]
    private async ValueTask MaintainAsync()
    {
        try
        {
            await store.MaintainAsync(!queue.Open.HasWork).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (Exception exception)
        {
            EngineLog.MaintenanceFailed(logger, exception);
        }
    }
}
