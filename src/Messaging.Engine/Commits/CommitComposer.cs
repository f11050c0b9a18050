using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Scheduling;
using Messaging.Storage;

namespace Messaging.Commits;

/// <summary>The completion of a group's commit by what follows from the group. Used by the writer's thread only.</summary>
internal sealed class CommitComposer(IMessageStore store, Durability maxDurability, BrokerClock clock, int deduplicationWindow)
{
    private readonly DueRecords _due = new(store);
    private readonly CommitStates _states = new();
    private readonly CommitClock _clock = new(clock, maxDurability);

    /// <summary>Completes the commit.</summary>
    /// <returns>Whether more messages are due than the commit takes, so that another one must follow.</returns>
    public async ValueTask<bool> ComposeAsync(CommitGroup group)
    {
        group.FirstDue = group.AppendCount;
        bool isMore = group.Due is { } due && await _due.AddAsync(due, group).ConfigureAwait(WorkContext.IsCurrent);
        if (group.Detached.Count > 0 || group.Attached.Count > 0)
        {
            MoveReaders(group);
        }

        AddAppends(group);
        _states.AddTo(group);
        _clock.AddTo(group.Commit);
        return isMore;
    }

    /// <summary>Takes back what composing gave away, after the store has refused the commit for certain.</summary>
    /// <remarks>Only of a commit that was composed to the end: what may throw before is the reading of what is due, and such a commit cannot be refused.</remarks>
    public void TakeBack(CommitGroup group)
    {
        for (int i = group.AppendCount - 1; i >= 0; i--)
        {
            PendingAppend append = group.Appends[i];
            append.Log.Progress.NextSequence = append.Sequence;
        }

        _states.TakeBack();
        _clock.TakeBack();
    }

    /// <summary>Has readers leave their logs, and others start at the ends of theirs.</summary>
    private static void MoveReaders(CommitGroup group)
    {
        foreach (StoredReader reader in group.Detached)
        {
            // Not before: a commit without the removal must not trim what only this reader needs.
            reader.Log.Detach(reader);
            if (!group.Commit.Removed.Contains(reader.Log.Id))
            {
                group.Trimmed.Add(reader.Log);
            }
        }

        foreach (StoredReader reader in group.Attached)
        {
            reader.States.OnStarted(reader, reader.Log.AttachAtEnd(reader));
            group.Dirty.Add(reader);
        }
    }

    /// <summary>Gives the records their numbers, and adds those that a reader wants.</summary>
    private void AddAppends(CommitGroup group)
    {
        StoreCommit commit = group.Commit;
        foreach (ref PendingAppend append in group.Appends)
        {
            append.Sequence = append.Log.Progress.Number(append.Record);
            if (append.Log.Readers.Keep)
            {
                commit.Appends.Add(new StoreAppend(append.Log.Id, append.Sequence, append.Record.Payload));
            }

            if (append.RememberedId is { } id)
            {
                commit.MessageIds.Add(new StoreMessageId(append.Ordinal, append.Log.Id, id, append.Sequence));
            }
        }

        foreach (StoreMessageId remembered in commit.MessageIds)
        {
            commit.ForgetBelow = Math.Max(commit.ForgetBelow, remembered.Ordinal - deduplicationWindow + 1);
        }
    }
}
