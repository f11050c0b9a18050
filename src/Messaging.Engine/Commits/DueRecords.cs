using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Schedules;
using Messaging.Storage;

namespace Messaging.Commits;

/// <summary>The scheduled messages that are due when a commit is made, and enter their logs with it. Used by the writer's thread only.</summary>
internal sealed class DueRecords(IMessageStore store)
{
    private const int MaxDue = 512;

    private readonly List<ScheduledRecord> _found = [];

    /// <summary>Reads what is due, and moves it from the schedule to the logs.</summary>
    /// <param name="due">What knows which of it is still wanted.</param>
    /// <param name="group">Receives the records, after all others, and what leaves the schedule.</param>
    /// <returns>Whether there is more than one commit takes.</returns>
    public async ValueTask<bool> AddAsync(DueMessages due, CommitGroup group)
    {
        if (due.Index.TakeTimeToRead() is not { } ticks)
        {
            return false;
        }

        _found.Clear();
        try
        {
            await store.ReadScheduledAsync(ticks, MaxDue, _found).ConfigureAwait(WorkContext.IsCurrent);
        }
        catch (StoreException exception) when (!exception.MustReopen)
        {
            // A read that fails must not take the commit of others with it, unless the store takes none anyway.
            _found.Clear();
            due.OnReadFailed(ticks, exception);
            return false;
        }

        foreach (ScheduledRecord record in _found)
        {
            if (due.Index.TryClaim(record.MessageId, out DueMessage? message))
            {
                MessageLog log = message.Log;
                long ordinal = due.Window.OrdinalOfScheduled(log.Id, message.Id);
                // It enters without asking. A topic without subscriptions gives the room back when the message is in its log.
                log.Bound?.Gate.Add(1);
                // Its id is remembered with its number from now on, at the place where it is.
                group.Add(new PendingAppend(log, new Record(record.Payload), ordinal == 0 ? null : record.MessageId, ordinal));
                group.Commit.Unscheduled.Add(record.MessageId);
                CrashPoint.Reached(CrashPoint.ScheduleDue);
            }
        }

        if (_found.Count == MaxDue)
        {
            return due.Index.NoteMore(ticks);
        }

        foreach (DueMessage missing in due.Index.TakeMissing(ticks, _found, forgets: due.SkipsDamaged))
        {
            due.OnMissing(missing, group.Commit);
        }

        return false;
    }
}
