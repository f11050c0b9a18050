using System.Diagnostics.CodeAnalysis;
using Messaging.Logs;
using Messaging.Storage;

namespace Messaging.Schedules;

/// <summary>What is known of the messages that enter their logs later, by id and by due time.</summary>
/// <remarks>Its lock guards all of it, and nothing is called under it. All members may be called from any thread.</remarks>
internal sealed class ScheduleIndex
{
    private readonly int _capacity;

    // Guarded by _gate.
    private readonly Lock _gate = new();
    private readonly ScheduledTable _table = new();
    private readonly ScheduleCounts _counts = new();
    private readonly DueSet _due;
    private readonly HashSet<MessageId> _reserved = [];

    // Cancels that are being stored.
    private readonly Dictionary<MessageId, Task> _cancelling = [];

    public ScheduleIndex(int capacity)
    {
        _capacity = capacity;
        _due = new DueSet(_counts);
    }

    /// <summary>Gets the number of a log's messages. One that is due counts until it is in the log.</summary>
    public int CountFor(MessageLog log)
    {
        lock (_gate)
        {
            return _counts.ScheduledFor(log);
        }
    }

    /// <summary>Gets the number of messages that became due and could not be read.</summary>
    public int CountDamagedFor(MessageLog log)
    {
        lock (_gate)
        {
            return _counts.DamagedFor(log);
        }
    }

    /// <summary>Tells whether a message of this id is scheduled for a log.</summary>
    public bool Holds(MessageId id, MessageLog log)
    {
        lock (_gate)
        {
            return _table.TryGet(id, out MessageLog found) ? found == log : _due.Holds(id, log);
        }
    }

    /// <summary>Adds a message.</summary>
    /// <param name="item">The message.</param>
    /// <param name="isReserved">Whether there is room for it, and for its id: it was reserved, or recovery found it.</param>
    /// <exception cref="QueueFullException">There are too many scheduled messages.</exception>
    /// <exception cref="InvalidOperationException">Its id is scheduled already.</exception>
    public void Add(in ScheduledItem item, bool isReserved)
    {
        lock (_gate)
        {
            if (!isReserved)
            {
                CheckRoomLocked(1);
                CheckUnknownLocked(item.Id);
            }

            if (_table.TryAdd(item))
            {
                _counts.Add(item.Log, scheduled: 1);
            }
        }
    }

    /// <summary>Reserves room and ids, unless one of them is being cancelled.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="cancel">What to wait for before another attempt.</param>
    /// <exception cref="QueueFullException">There are too many scheduled messages.</exception>
    /// <exception cref="InvalidOperationException">One of the ids is scheduled already: an id names one scheduled message, since it cancels one.</exception>
    public bool TryReserve(MessageId[] ids, [NotNullWhen(false)] out Task? cancel)
    {
        cancel = null;
        int reserved = 0;
        lock (_gate)
        {
            CheckRoomLocked(ids.Length);
            try
            {
                foreach (MessageId id in ids)
                {
                    if (_cancelling.TryGetValue(id, out cancel))
                    {
                        return false;
                    }

                    CheckUnknownLocked(id);
                    _reserved.Add(id);
                    reserved++;
                }

                return true;
            }
            finally
            {
                if (reserved < ids.Length)
                {
                    _reserved.ExceptWith(ids[..reserved]);
                }
            }
        }
    }

    public void Unreserve(ReadOnlySpan<MessageId> ids)
    {
        lock (_gate)
        {
            foreach (MessageId id in ids)
            {
                _reserved.Remove(id);
            }
        }
    }

    /// <summary>Finds the cancel of an id that is being stored.</summary>
    public Task? FindCancel(MessageId id)
    {
        lock (_gate)
        {
            return _cancelling.GetValueOrDefault(id);
        }
    }

    /// <summary>Removes a message that is cancelled.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="log">Its log.</param>
    /// <param name="cancel">For a stored one, what <see cref="FindCancel"/> finds until <see cref="EndCancel"/>; the caller completes it.</param>
    public bool TryRemove(MessageId id, out MessageLog log, out TaskCompletionSource? cancel)
    {
        cancel = null;
        lock (_gate)
        {
            if (!_table.TryRemove(id, out log))
            {
                return false;
            }

            _counts.Add(log, scheduled: -1);
            if (log.IsStored)
            {
                cancel = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _cancelling.Add(id, cancel.Task);
            }

            return true;
        }
    }

    public void EndCancel(MessageId id)
    {
        lock (_gate)
        {
            _cancelling.Remove(id);
        }
    }

    /// <summary>Takes some of what is due: a stored message stays here until it is in its log.</summary>
    /// <param name="now">The time.</param>
    /// <param name="most">How many to take at most.</param>
    /// <param name="inMemory">Receives those that no store has.</param>
    /// <param name="mustRead">Whether the store is to be read.</param>
    /// <param name="isMore">Whether there may be more that is due.</param>
    /// <returns>The next due time.</returns>
    public long TakeDue(long now, int most, List<ScheduledItem> inMemory, out bool mustRead, out bool isMore)
    {
        lock (_gate)
        {
            int taken = 0;
            while (taken < most && _table.TryTakeDue(now, out ScheduledItem item))
            {
                taken++;
                if (item.Log.IsStored)
                {
                    _due.Add(item);
                }
                else
                {
                    inMemory.Add(item);
                }
            }

            mustRead = _due.MustRead;
            isMore = taken == most;
            return _table.NextDue;
        }
    }

    /// <summary>Counts messages in memory as in their log.</summary>
    public void Enter(MessageLog log, int count)
    {
        lock (_gate)
        {
            _counts.Add(log, scheduled: -count);
        }
    }

    /// <summary>Gets the time up to which to read, and forgets it; <see langword="null"/> for nothing to read.</summary>
    public long? TakeTimeToRead()
    {
        lock (_gate)
        {
            return _due.TakeTimeToRead();
        }
    }

    /// <summary>Takes a message that is due into the commit that is being made.</summary>
    public bool TryClaim(MessageId id, [NotNullWhen(true)] out DueMessage? message)
    {
        lock (_gate)
        {
            return _due.TryClaim(id, out message);
        }
    }

    /// <summary>Counts the messages of the commit that was made as in their logs.</summary>
    public void EnterClaimed()
    {
        lock (_gate)
        {
            _due.EnterClaimed();
        }
    }

    /// <inheritdoc cref="DueSet.NoteMore"/>
    public bool NoteMore(long due)
    {
        lock (_gate)
        {
            return _due.NoteMore(due);
        }
    }

    /// <inheritdoc cref="DueSet.NoteFailure"/>
    public bool NoteFailure(long due)
    {
        lock (_gate)
        {
            return _due.NoteFailure(due);
        }
    }

    /// <inheritdoc cref="DueSet.TakeMissing"/>
    public List<DueMessage> TakeMissing(long due, IReadOnlyList<ScheduledRecord> found, bool forgets)
    {
        lock (_gate)
        {
            return _due.TakeMissing(due, found, forgets);
        }
    }

    private void CheckRoomLocked(int count)
    {
        if (count > 0 && _table.Count + _reserved.Count + count > _capacity)
        {
            throw new QueueFullException(
                "scheduled messages",
                _capacity,
                $"The broker holds its most scheduled messages, BrokerOptions.MaxScheduled = {_capacity:N0}. Nothing was sent. Send again later, or raise MaxScheduled.");
        }
    }

    private void CheckUnknownLocked(MessageId id)
    {
        if (_table.TryGet(id, out _) || _due.IsWaiting(id) || _reserved.Contains(id))
        {
            throw new InvalidOperationException($"A message with the id {id} is scheduled already. Nothing was sent.");
        }
    }
}
