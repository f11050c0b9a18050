using Messaging.Diagnostics;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Storage;

namespace Messaging.Writing;

/// <summary>The translation of a group into a store's commit, and of the commit's success into what readers see. Used by the writer's thread only.</summary>
internal sealed class CommitComposer(
    IMessageStore store, Durability maxDurability, CountVersion counts, BrokerClock clock, int deduplicationWindow)
{
    private const int MaxDue = 512;

    private readonly StoreCommit _commit = new();
    private readonly List<ScheduledRecord> _due = [];
    private readonly List<Appended> _published = [];
    private int _firstDue;
    private readonly HashSet<MessageLog> _touched = [];
    private readonly HashSet<MessageLog> _grown = [];
    private readonly HashSet<StoredReader> _written = [];
    private readonly SettledRanges _settled = new();

    // Logs of which much was settled above the floor, so that the next commit looks for what all their readers have settled.
    private readonly HashSet<MessageLog> _worthALook = [];

    // What the store knows of the clocks, and what it knows if this commit is made.
    private long _storedOffset = clock.WallOffset;
    private long _composedOffset;

    // What the store knew of the logs before this commit.
    private readonly List<(MessageLog Log, long Trim)> _trims = [];
    private readonly List<(MessageLog Log, IReadOnlyList<(long First, long Last)> Told)> _told = [];

    public async ValueTask<StoreCommit> ComposeAsync(CommitGroup group)
    {
        _commit.Clear();
        _trims.Clear();
        _told.Clear();
        _commit.Durability = group.Durability;
        _commit.Closing = group.Closing;
        _commit.Declared.AddRange(group.Declared);
        _commit.Removed.AddRange(group.Removed);
        _commit.Scheduled.AddRange(group.Scheduled);
        _commit.Unscheduled.AddRange(group.Unscheduled);
        _commit.MessageIds.AddRange(group.Remembered);
        _commit.Forgotten.AddRange(group.Forgotten);
        _firstDue = group.AppendCount;
        if (group.Due is { } due)
        {
            await AddDueAsync(group, due).ConfigureAwait(WorkContext.IsCurrent);
        }

        foreach (StoredReader reader in group.Detached)
        {
            // Not before: a commit without the removal must not trim what only this reader needs.
            reader.Log.Detach(reader);
            if (!_commit.Removed.Contains(reader.Log.Id))
            {
                group.Trimmed.Add(reader.Log);
            }
        }

        foreach (StoredReader reader in group.Attached)
        {
            reader.States.OnStarted(reader, reader.Log.AttachAtEnd(reader));
            group.Dirty.Add(reader);
        }

        foreach (ref PendingAppend append in group.Appends)
        {
            append.Sequence = append.Log.Progress.Number(append.Record);
            if (append.Log.Keeps)
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

        AddCursors(group);
        AddClock();
        return _commit;
    }

    /// <summary>Takes back what composing gave away, after the store has refused the commit for certain.</summary>
    public void TakeBack(CommitGroup group)
    {
        for (int i = group.AppendCount - 1; i >= 0; i--)
        {
            PendingAppend append = group.Appends[i];
            append.Log.Progress.NextSequence = append.Sequence;
        }

        foreach ((MessageLog log, long trim) in _trims)
        {
            log.Progress.StoredTrim = trim;
        }

        foreach ((MessageLog log, IReadOnlyList<(long First, long Last)> told) in _told)
        {
            log.Progress.ToldSettled = told;
            _worthALook.Add(log);
        }
    }

    /// <summary>Adds what was committed to the logs.</summary>
    public void Publish(CommitGroup group)
    {
        _storedOffset = _composedOffset;
        _published.Clear();
        group.Due?.OnEntered(group.Appends[_firstDue..]);
        if (group.Moves.Count > 0 || group.Due is not null)
        {
            counts.Begin();
            try
            {
                Append(group.Appends);
                group.Moves.ForEach(static move => move.From.States.OnMovePublished());
                group.Due?.OnPublished();
            }
            finally
            {
                counts.End();
            }
        }
        else
        {
            Append(group.Appends);
        }

        int at = 0;
        foreach (Appended published in _published)
        {
            published.Log.LetGo(published, group.Appends.Slice(at, published.Count));
            _grown.Add(published.Log);
            at += published.Count;
        }
    }

    /// <summary>Tells the readers of the logs that have grown.</summary>
    public void Notify()
    {
        foreach (MessageLog log in _grown)
        {
            log.Notify();
        }

        _grown.Clear();
    }

    /// <summary>Adds records to their logs, neighbours of one log together.</summary>
    private void Append(ReadOnlySpan<PendingAppend> appends)
    {
        while (!appends.IsEmpty)
        {
            MessageLog log = appends[0].Log;
            int run = 1;
            while (run < appends.Length && appends[run].Log == log)
            {
                run++;
            }

            _published.Add(log.Publish(appends[..run]));
            appends = appends[run..];
        }
    }

    private async ValueTask AddDueAsync(CommitGroup group, IDueSource source)
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
                _commit.Unscheduled.Add(record.MessageId);
                CrashPoint.Reached(CrashPoint.ScheduleDue);
            }
        }

        if (_due.Count == MaxDue)
        {
            source.LookAgain(ticks);
        }
        else
        {
            source.OnAllRead(ticks, _due, _commit.Unscheduled, _commit.Forgotten);
        }
    }

    /// <summary>Notes a step of the wall clock, for good: all that waits for its time depends on it.</summary>
    private void AddClock()
    {
        _composedOffset = clock.LookAtWall(isExact: _commit.Closing);
        if (_composedOffset == _storedOffset || SeededBugs.Is(SeededBug.ForgetWallStep))
        {
            return;
        }

        _commit.Cursors.Add(ClockNote.Write(_composedOffset));
        if (!_commit.Closing && _commit.Durability < maxDurability)
        {
            _commit.Durability = maxDurability;
        }
    }

    private void AddCursors(CommitGroup group)
    {
        _worthALook.UnionWith(group.Trimmed);
        _written.Clear();
        if (group.Moves.Count + _worthALook.Count > 0)
        {
            _written.UnionWith(group.Dirty);
        }

        foreach ((StoredReader from, long sequence) in group.Moves)
        {
            from.States.OnMoved(from, sequence);
            CrashPoint.Reached(CrashPoint.DeadLetterMoves);
            // Each state is written once, however many messages left it.
            if (_written.Add(from))
            {
                group.Dirty.Add(from);
            }
        }

        AddSettled(group);
        _touched.Clear();
        foreach (StoredReader reader in group.Dirty)
        {
            if (reader.Log.IsStored && reader.States.Encode(reader) is var cursor && !_commit.Removed.Contains(cursor.Subscription))
            {
                _commit.Cursors.Add(cursor);
                _touched.Add(reader.Log);
                if (reader.HasSettledMuch)
                {
                    _worthALook.Add(reader.Log);
                }
            }
        }

        _touched.UnionWith(group.Trimmed);
        foreach (MessageLog log in _touched)
        {
            long trim = TrimOf(log);
            if (trim > log.Progress.StoredTrim)
            {
                _trims.Add((log, log.Progress.StoredTrim));
                log.Progress.StoredTrim = trim;
                _commit.Trims.Add(new StoreTrim(log.Id, 0, trim));
            }

            if (log.Progress.HasGrownMuch)
            {
                _worthALook.Add(log);
            }
        }
    }

    /// <summary>Gets the trim that the store may be told: what every reader's stored state leaves behind.</summary>
    private static long TrimOf(MessageLog log)
    {
        long end = log.Progress.NextSequence;
        long trim = end;
        foreach (StoredReader reader in log.Readers)
        {
            trim = Math.Min(trim, reader.KeptFrom);
        }

        return trim < end && SeededBugs.Is(SeededBug.TrimTooFar) ? trim + 1 : trim;
    }

    /// <summary>Tells what all readers of a log have settled above its floor. The states are written after the look, so they say so too.</summary>
    private void AddSettled(CommitGroup group)
    {
        foreach (MessageLog log in _worthALook)
        {
            IReadOnlyList<(long First, long Last)> told = log.Progress.ToldSettled;
            int before = _commit.Trims.Count;
            log.Progress.NoteLook();
            _settled.Find(log, _commit.Trims);
            if (_commit.Trims.Count == before)
            {
                continue;
            }

            _told.Add((log, told));
            foreach (StoredReader reader in log.Readers)
            {
                if (_written.Add(reader))
                {
                    group.Dirty.Add(reader);
                }
            }
        }

        _worthALook.Clear();
    }
}
