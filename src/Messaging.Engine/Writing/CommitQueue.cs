using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Schedules;

namespace Messaging.Writing;

/// <summary>The groups that wait for a commit: full ones, and the open one, which callers join.</summary>
/// <remarks>Its lock is the writer's. A group that was taken belongs to the writer's thread until it is recycled.</remarks>
internal sealed class CommitQueue(WorkQueue work, WriterWake wake)
{
    /// <summary>A group of so many bytes takes no more: a commit must not make the store's own log grow without bound.</summary>
    private const long FullGroupBytes = 4 << 20;

    // Guarded by Gate.
    private readonly Queue<CommitGroup> _full = new();
    private CommitGroup _open = new();
    private CommitGroup? _spare;
    private WriterFailure? _failure;
    private bool _stopped;

    /// <summary>Gets the writer's lock: who joins a group holds it until the work is in there.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Gets the failure that stopped the writer, if there was one.</summary>
    public WriterFailure? Failure => Volatile.Read(ref _failure);

    /// <summary>Gets the group that callers join now.</summary>
    public CommitGroup Open => _open;

    /// <summary>Joins the open group. Called under the lock.</summary>
    /// <param name="waits">Whether somebody waits; otherwise the commit may linger for company.</param>
    /// <param name="durability">What the commit must survive.</param>
    public CommitGroup Join(bool waits, Durability durability)
    {
        BrokerClosed.ThrowIf(_stopped);
        if (_failure is not null)
        {
            throw _failure.NothingStored();
        }

        if (_open.Bytes >= FullGroupBytes)
        {
            _full.Enqueue(_open);
            _open = TakeSpare();
        }

        CommitGroup group = _open;
        if (group.Commit.Durability < durability)
        {
            group.Commit.Durability = durability;
        }

        if (waits)
        {
            group.Callers.Waiting++;
        }

        bool isFirst = !group.HasWork;
        if (isFirst)
        {
            group.HasWork = true;
            work.Enter();
        }

        // Work that nobody waits for does not wake the thread up while it waits for company anyway.
        if (waits ? group.Callers.Waiting == 1 : isFirst && wake.IsDueForLazyWork)
        {
            wake.Wake();
        }

        return group;
    }

    /// <summary>Has a reader's state written with the open group. Called under the lock.</summary>
    public CommitGroup Mark(StoredReader reader, Durability durability, bool waits)
    {
        CommitGroup group = Join(waits, durability);
        if (reader.QueuedIn != group)
        {
            reader.QueuedIn = group;
            group.Dirty.Add(reader);
        }

        reader.NoteMarked(durability);
        return group;
    }

    /// <summary>Has states written with the open group that a refused one has not written.</summary>
    public void MarkAgain(List<StoredReader> readers)
    {
        lock (Gate)
        {
            foreach (StoredReader reader in readers)
            {
                if (reader.QueuedIn != _open)
                {
                    reader.QueuedIn = _open;
                    _open.Dirty.Add(reader);
                }
            }
        }
    }

    /// <summary>Has due messages looked for with the open group, unless nothing is taken any more.</summary>
    public void LookForDue(DueMessages due)
    {
        lock (Gate)
        {
            if (!_stopped && _failure is null)
            {
                Join(waits: true, due.Durability).Due = due;
            }
        }
    }

    /// <summary>Takes the group that is committed next.</summary>
    public CommitGroup Take()
    {
        lock (Gate)
        {
            if (!_full.TryDequeue(out CommitGroup? group))
            {
                group = _open;
                _open = TakeSpare();
            }

            foreach (StoredReader reader in group.Dirty)
            {
                // What changes from here on goes with the next group.
                reader.NoteTaken(group);
            }

            return group;
        }
    }

    /// <summary>Keeps a group for its next use.</summary>
    public void Recycle(CommitGroup group)
    {
        group.Reset();
        lock (Gate)
        {
            _spare ??= group;
        }
    }

    /// <summary>Has the writer's thread wait for work: somebody's who waits is taken at once, other work when it has waited for company.</summary>
    /// <returns>Whether there is some; otherwise there will be none any more.</returns>
    public bool WaitForWork()
    {
        while (true)
        {
            lock (Gate)
            {
                wake.Reset();
                if (_full.Count > 0 || (_open.HasWork && (_open.Callers.Waiting > 0 || _stopped || wake.LazyWait is null)))
                {
                    return true;
                }

                if (!_open.HasWork && (_stopped || _failure is not null))
                {
                    return false;
                }
            }

            if (wake.LazyWait is { } wait && wake.Wait(wait))
            {
                continue;
            }

            lock (Gate)
            {
                if (_open.HasWork)
                {
                    return true;
                }

                wake.Sleeps = true;
            }

            wake.Wait();
        }
    }

    /// <summary>Determines whether there is work now, where there is no thread that waits for it.</summary>
    /// <param name="hasEnded">Whether there will be none any more.</param>
    public bool HasWork(out bool hasEnded)
    {
        lock (Gate)
        {
            bool hasWork = _full.Count > 0 || _open.HasWork;
            wake.IsAtWork = hasWork;
            hasEnded = !hasWork && _stopped;
            return hasWork;
        }
    }

    /// <summary>Leaves the work where it is, so that the call that stops the writer starts it once more.</summary>
    public void Rest()
    {
        lock (Gate)
        {
            wake.IsAtWork = false;
        }
    }

    /// <summary>Takes nothing more but a last group.</summary>
    /// <param name="durability">What its commit must survive.</param>
    /// <returns>Its commit, if the writer has not failed; <see langword="null"/> for a queue that was closed already.</returns>
    public Task? Close(Durability durability)
    {
        lock (Gate)
        {
            if (_stopped)
            {
                return null;
            }

            Task last = Task.CompletedTask;
            if (_failure is null)
            {
                CommitGroup group = Join(waits: true, durability);
                group.Commit.Closing = true;
                last = group.Callers.Completion;
            }

            _stopped = true;
            wake.Wake();
            return last;
        }
    }

    /// <summary>Takes nothing more, and takes away what waits for a commit.</summary>
    /// <param name="failure">What those get who come later, unless there was one before.</param>
    /// <param name="isFirst">Whether there was none before.</param>
    public CommitGroup[] Stop(WriterFailure failure, out bool isFirst)
    {
        lock (Gate)
        {
            isFirst = _failure is null;
            _failure ??= failure;
            CommitGroup[] waiting = [.. _full, _open];
            _full.Clear();
            _open = new CommitGroup();
            return waiting;
        }
    }

    private CommitGroup TakeSpare()
    {
        CommitGroup group = _spare ?? new CommitGroup();
        _spare = null;
        return group;
    }
}
