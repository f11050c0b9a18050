using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Storage;

namespace Messaging.Commits;

/// <summary>The scheduled messages that are due when a commit is made, and enter their logs with it. Used by the writer's thread only.</summary>
internal sealed class DueRecords(IMessageStore store)
{
    private const int MaxDue = 512;

    private readonly List<ScheduledRecord> _due = [];

    /// <summary>Reads what is due, and moves it from the schedule to the logs.</summary>
    /// <param name="source">What says which of it is still wanted.</param>
    /// <param name="group">Receives the records, after all others.</param>
    /// <param name="commit">Receives what leaves the schedule.</param>
    public async ValueTask AddAsync(IDueSource source, CommitGroup group, StoreCommit commit)
    {
        if (source.TakeDueTicks() is not { } ticks)
        {
            return;
        }

        _due.Clear();
        try
        {
            await store.ReadScheduledAsync(ticks, MaxDue, _due).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (StoreException exception) when (!exception.MustReopen)
        {
            // A read that fails must not take the commit of others with it, unless the store takes none anyway.
            _due.Clear();
            source.OnReadFailed(ticks, exception);
            return;
        }

        foreach (ScheduledRecord record in _due)
        {
            if (source.TryClaim(record.MessageId, out MessageLog log, out long ordinal))
            {
                // Its id is remembered with its number from now on, at the place where it is.
                group.Add(new PendingAppend(log, new Record(record.Payload), ordinal == 0 ? null : record.MessageId, ordinal));
                commit.Unscheduled.Add(record.MessageId);
                CrashPoint.Reached(CrashPoint.ScheduleDue);
            }
        }

        if (_due.Count == MaxDue)
        {
            source.LookAgain(ticks);
        }
        else
        {
            source.OnAllRead(ticks, _due, commit.Unscheduled, commit.Forgotten);
        }
    }
}
