using System.Diagnostics.CodeAnalysis;
using Messaging.Diagnostics;
using Messaging.Logs;

namespace Messaging.Producers;

/// <content>Who may enter the index, and who leaves it before its time.</content>
internal sealed partial class ScheduledMessages
{
    /// <summary>Reserves places, when cancels of the same ids are stored.</summary>
    /// <remarks>In the commit of a cancel, the store would delete what it had just scheduled under the same id.</remarks>
    /// <exception cref="QueueFullException">There are too many scheduled messages.</exception>
    /// <exception cref="InvalidOperationException">One of the ids is scheduled already: an id names one scheduled message, since it cancels one.</exception>
    public async ValueTask ReserveAsync(MessageId[] ids, CancellationToken cancellationToken)
    {
        while (!TryReserve(ids, out Task? cancel))
        {
            await WorkContext.Of(cancel).WaitAsync(cancellationToken)
                .ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.SuppressThrowing));
            cancellationToken.ThrowIfCancellationRequested();
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

    public void Unreserve(ReadOnlySpan<MessageId> ids)
    {
        lock (_gate)
        {
            RemoveReserved(ids);
        }
    }

    /// <summary>Cancels a message, and frees its id.</summary>
    /// <returns>Whether this call did. Either answer comes when the store knows.</returns>
    public Task<bool> CancelAsync(MessageId id)
    {
        TaskCompletionSource? mine = null;
        MessageLog log;
        lock (_gate)
        {
            if (_table.TryRemove(id, out log))
            {
                _counts[log]--;
                if (log.IsStored)
                {
                    mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    _cancelling.Add(id, mine.Task);
                }
            }
            else
            {
                return _cancelling.TryGetValue(id, out Task? other) ? AfterAsync(other) : Task.FromResult(false);
            }
        }

        if (mine is not null)
        {
            return UnscheduleAsync(log, id, mine);
        }

        Window.Forget(log.Id, id, Window.OrdinalOfScheduled(log.Id, id));
        return Task.FromResult(true);
    }

    private static async Task<bool> AfterAsync(Task cancel)
    {
        await cancel.ConfigureAwait(WorkContext.IsCurrent);
        return false;
    }

    private async Task<bool> UnscheduleAsync(MessageLog log, MessageId id, TaskCompletionSource mine)
    {
        try
        {
            long ordinal = Window.OrdinalOfScheduled(log.Id, id);
            await _writer!.Unschedule(id, ordinal).ConfigureAwait(WorkContext.IsCurrent);
            Window.Forget(log.Id, id, ordinal);
            EndCancel(id);
            mine.SetResult();
            return true;
        }
        catch (Exception exception)
        {
            EndCancel(id);
            mine.SetException(exception);
            _ = mine.Task.Exception;
            throw;
        }
    }

    private void EndCancel(MessageId id)
    {
        lock (_gate)
        {
            _cancelling.Remove(id);
        }
    }

    private bool TryReserve(MessageId[] ids, [NotNullWhen(false)] out Task? cancel)
    {
        cancel = null;
        lock (_gate)
        {
            CheckRoomLocked(ids.Length);
            for (int i = 0; i < ids.Length; i++)
            {
                if (_cancelling.TryGetValue(ids[i], out cancel))
                {
                    RemoveReserved(ids.AsSpan(..i));
                    return false;
                }

                if (IsKnownLocked(ids[i]))
                {
                    RemoveReserved(ids.AsSpan(..i));
                    throw Known(ids[i]);
                }

                _reserved.Add(ids[i]);
            }
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
            throw new QueueFullException(
                "scheduled messages",
                _capacity,
                $"The broker holds its most scheduled messages, BrokerOptions.MaxScheduled = {_capacity:N0}. Nothing was sent. Send again later, or raise MaxScheduled.");
        }
    }

    private bool IsKnownLocked(MessageId id) => _table.TryGet(id, out _) || _entering.ContainsKey(id) || _reserved.Contains(id);

    private static InvalidOperationException Known(MessageId id) =>
        new($"A message with the id {id} is scheduled already. Nothing was sent.");
}
