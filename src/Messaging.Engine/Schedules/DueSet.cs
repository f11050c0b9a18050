using System.Diagnostics.CodeAnalysis;
using Messaging.Logs;
using Messaging.Storage;

namespace Messaging.Schedules;

/// <summary>The stored messages that are due, from the moment that they leave the schedule until the commit with them is published.</summary>
internal sealed class DueSet
{
    private readonly Dictionary<MessageId, DueMessage> _waiting = [];

    // In the commit that is being made.
    private readonly Dictionary<MessageId, DueMessage> _claimed = [];
    private long _readUpTo;
    private bool _hasFailed;

    /// <summary>Gets a value indicating whether the store is to be read. What could not be read the last time counts, too.</summary>
    public bool MustRead => _readUpTo != 0;

    /// <summary>Gets the messages of the commit that is being made.</summary>
    public IReadOnlyCollection<DueMessage> Claimed => _claimed.Values;

    public void Add(in ScheduledItem item)
    {
        _waiting[item.Id] = new DueMessage(item.Id, item.Log, item.Due);
        NoteToRead(item.Due);
    }

    /// <summary>Determines whether a message waits for its commit.</summary>
    public bool IsWaiting(MessageId id) => _waiting.ContainsKey(id);

    /// <summary>Determines whether a message of this id is due for a log.</summary>
    public bool Holds(MessageId id, MessageLog log) =>
        (_waiting.TryGetValue(id, out DueMessage? due) || _claimed.TryGetValue(id, out due)) && due.Log == log;

    /// <summary>Gets the time up to which to read, and forgets it; <see langword="null"/> for nothing to read.</summary>
    public long? TakeTimeToRead()
    {
        long due = _readUpTo;
        _readUpTo = 0;
        return due == 0 ? null : due;
    }

    /// <summary>Notes that a read found as many as it could take, so that another one must follow.</summary>
    /// <returns>Whether messages wait.</returns>
    public bool NoteMore(long due)
    {
        if (_waiting.Count == 0)
        {
            return false;
        }

        NoteToRead(due);
        return true;
    }

    /// <summary>Notes that a read has failed.</summary>
    /// <returns>Whether it is the first one since the last that did not.</returns>
    public bool NoteFailure(long due)
    {
        bool isFirst = !_hasFailed;
        _hasFailed = true;
        NoteToRead(due);
        return isFirst;
    }

    /// <summary>Takes a message into the commit that is being made.</summary>
    public bool TryClaim(MessageId id, [NotNullWhen(true)] out DueMessage? message)
    {
        if (!_waiting.Remove(id, out message))
        {
            return false;
        }

        _claimed[id] = message;
        return true;
    }

    /// <summary>Forgets the messages of the commit that was made.</summary>
    public void ForgetClaimed() => _claimed.Clear();

    /// <summary>Finds those that a read up to their time did not give, and did not find before.</summary>
    /// <remarks>A message that was found, but not claimed, comes in time for the next read.</remarks>
    public List<DueMessage> FindMissing(long due, IReadOnlyList<ScheduledRecord> found)
    {
        _hasFailed = false;
        List<DueMessage> missing = [];
        foreach (DueMessage message in _waiting.Values)
        {
            if (message.Due <= due && !message.IsMissing && !found.Any(record => record.MessageId == message.Id))
            {
                message.IsMissing = true;
                missing.Add(message);
            }
        }

        return missing;
    }

    public void Remove(DueMessage message) => _waiting.Remove(message.Id);

    private void NoteToRead(long due) => _readUpTo = Math.Max(_readUpTo, due);
}
