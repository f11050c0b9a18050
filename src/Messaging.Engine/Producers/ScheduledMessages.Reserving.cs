using Messaging.Storage;

namespace Messaging.Producers;

/// <content>Who may enter the index, and who leaves it before its time.</content>
internal sealed partial class ScheduledMessages
{
    /// <summary>Reserves places.</summary>
    /// <exception cref="QueueFullException">There are too many scheduled messages.</exception>
    /// <exception cref="InvalidOperationException">One of the ids is scheduled already: an id names one scheduled message, since it cancels one.</exception>
    public void Reserve(ReadOnlySpan<MessageId> ids)
    {
        lock (_gate)
        {
            CheckRoomLocked(ids.Length);
            for (int i = 0; i < ids.Length; i++)
            {
                if (IsKnownLocked(ids[i]))
                {
                    RemoveReserved(ids[..i]);
                    throw Known(ids[i]);
                }

                _reserved.Add(ids[i]);
            }
        }
    }

    public void Unreserve(ReadOnlySpan<MessageId> ids)
    {
        lock (_gate)
        {
            RemoveReserved(ids);
        }
    }

    /// <summary>Cancels a message.</summary>
    /// <returns>Whether it was scheduled, and the commit to wait for.</returns>
    public bool TryCancel(MessageId id, out Task commit)
    {
        MessageLog log;
        lock (_gate)
        {
            commit = Task.CompletedTask;
            if (!_table.TryRemove(id, out log))
            {
                return false;
            }

            _counts[log]--;
        }

        if (log.Writer is { } writer)
        {
            commit = writer.Unschedule(id);
        }

        return true;
    }

    private void RemoveReserved(ReadOnlySpan<MessageId> ids)
    {
        foreach (MessageId id in ids)
        {
            _reserved.Remove(id);
        }
    }

    private void CheckRoomLocked(int count)
    {
        if (count > 0 && _table.Count + _reserved.Count + count > _capacity)
        {
            throw new QueueFullException("scheduled messages", _capacity);
        }
    }

    private bool IsKnownLocked(MessageId id) => _table.TryGet(id, out _) || _entering.ContainsKey(id) || _reserved.Contains(id);

    private static InvalidOperationException Known(MessageId id) =>
        new($"A message with the id {id} is scheduled already. Nothing was sent.");
}
