using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Scheduling;
using Messaging.Storage;

namespace Messaging.Commits;

/// <summary>The translation of a group into a store's commit. Used by the writer's thread only.</summary>
internal sealed class CommitComposer(IMessageStore store, Durability maxDurability, BrokerClock clock, int deduplicationWindow)
{
    private readonly StoreCommit _commit = new();
    private readonly DueRecords _due = new(store);
    private readonly CommitStates _states = new();
    private readonly CommitClock _clock = new(clock, maxDurability);

    public async ValueTask<StoreCommit> ComposeAsync(CommitGroup group)
    {
        _commit.Clear();
        _states.Begin();
        _commit.Durability = group.Durability;
        _commit.Closing = group.Closing;
        group.Catalog.AddTo(_commit);
        group.Schedule.AddTo(_commit);
        group.Schedule.FirstDue = group.AppendCount;
        if (group.Schedule.Due is { } due)
        {
            await _due.AddAsync(due, group, _commit).ConfigureAwait(WorkContext.IsCurrent);
        }

        MoveReaders(group);
        AddAppends(group);
        _states.AddTo(_commit, group);
        _clock.AddTo(_commit);
        return _commit;
    }

    /// <summary>Notes that the commit was made.</summary>
    public void OnCommitted() => _clock.OnCommitted();

    /// <summary>Takes back what composing gave away, after the store has refused the commit for certain.</summary>
    public void TakeBack(CommitGroup group)
    {
        for (int i = group.AppendCount - 1; i >= 0; i--)
        {
            PendingAppend append = group.Appends[i];
            append.Log.Progress.NextSequence = append.Sequence;
        }

        _states.TakeBack();
    }

    /// <summary>Has readers leave their logs, and others start at the ends of theirs.</summary>
    private void MoveReaders(CommitGroup group)
    {
        foreach (StoredReader reader in group.Catalog.Detached)
        {
            // Not before: a commit without the removal must not trim what only this reader needs.
            reader.Log.Detach(reader);
            if (!_commit.Removed.Contains(reader.Log.Id))
            {
                group.Trimmed.Add(reader.Log);
            }
        }

        foreach (StoredReader reader in group.Catalog.Attached)
        {
            reader.States.OnStarted(reader, reader.Log.AttachAtEnd(reader));
            group.Dirty.Add(reader);
        }
    }

    /// <summary>Gives the records their numbers, and adds those that a reader wants.</summary>
    private void AddAppends(CommitGroup group)
    {
        foreach (ref PendingAppend append in group.Appends)
        {
            append.Sequence = append.Log.Progress.Number(append.Record);
            if (append.Log.Readers.Keep)
            {
                _commit.Appends.Add(new StoreAppend(append.Log.Id, append.Sequence, append.Record.Payload));
            }

            if (append.RememberedId is { } id)
            {
                _commit.MessageIds.Add(new StoreMessageId(append.Ordinal, append.Log.Id, id, append.Sequence));
            }
        }

        foreach (StoreMessageId remembered in _commit.MessageIds)
        {
            _commit.ForgetBelow = Math.Max(_commit.ForgetBelow, remembered.Ordinal - deduplicationWindow + 1);
        }
    }
}
