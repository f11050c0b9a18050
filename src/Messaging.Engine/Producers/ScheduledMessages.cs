using Messaging.Diagnostics;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Schedules;
using Messaging.Scheduling;
using Messaging.Storage;
using Messaging.Writing;
using Microsoft.Extensions.Logging;

namespace Messaging.Producers;

/// <summary>Who may enter the schedule, and who leaves it before its time.</summary>
internal sealed class ScheduledMessages
{
    private readonly StoreWriter? _writer;
    private readonly Alarm _alarm;

    public ScheduledMessages(int capacity, Scheduler scheduler, StoreWriter? writer, BrokerClock clock, ILogger logger, CountVersion version, DeduplicationWindow window)
    {
        _writer = writer;
        Window = window;
        Index = new ScheduleIndex(capacity);
        _alarm = new DueAlarm(Index, window, scheduler, writer, clock, logger, version).Alarm;
    }

    /// <summary>Gets the messages by id and by due time.</summary>
    public ScheduleIndex Index { get; }

    /// <summary>Gets the ids that senders gave.</summary>
    public DeduplicationWindow Window { get; }

    /// <summary>Adds a message: a stored one when its commit is done.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="log">Its log.</param>
    /// <param name="due">Its due time.</param>
    /// <param name="record">Its record.</param>
    /// <param name="ordinal">The place of its id in the order of remembering; 0 for an id that is not remembered.</param>
    /// <exception cref="QueueFullException">There are too many scheduled messages.</exception>
    public async Task AddAsync(MessageId id, MessageLog log, long due, Record record, long ordinal)
    {
        if (!log.IsStored || _writer is not { } writer)
        {
            Index.Add(ScheduledItem.Of(id, log, due, record), isReserved: false);
            _alarm.SetNoLaterThan(due);
            return;
        }

        await ReserveAsync([id], CancellationToken.None).ConfigureAwait(WorkContext.IsCurrent);
        try
        {
            await writer.Schedule(new ScheduledRecord(id, log.Id, due, record.Payload), ordinal).ConfigureAwait(WorkContext.IsCurrent);
            Index.Add(new ScheduledItem(id, log, due, default), isReserved: true);
            _alarm.SetNoLaterThan(due);
        }
        finally
        {
            Index.Unreserve([id]);
        }
    }

    /// <summary>Adds a message whose place is reserved, or that recovery found.</summary>
    public void Add(MessageId id, MessageLog log, long due, in Record record)
    {
        Index.Add(ScheduledItem.Of(id, log, due, record), isReserved: true);
        _alarm.SetNoLaterThan(due);
    }

    /// <summary>Reserves places, when cancels of the same ids are stored. <see cref="ScheduleIndex.Unreserve"/> follows.</summary>
    /// <remarks>In the commit of a cancel, the store would delete what it had just scheduled under the same id.</remarks>
    /// <exception cref="QueueFullException">There are too many scheduled messages.</exception>
    /// <exception cref="InvalidOperationException">One of the ids is scheduled already: an id names one scheduled message, since it cancels one.</exception>
    public async ValueTask ReserveAsync(MessageId[] ids, CancellationToken cancellationToken)
    {
        while (!Index.TryReserve(ids, out Task? cancel))
        {
            await WorkContext.Of(cancel).WaitAsync(cancellationToken)
                .ConfigureAwait(WorkContext.With(ConfigureAwaitOptions.SuppressThrowing));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Cancels a message, and frees its id.</summary>
    /// <returns>Whether this call did. Either answer comes when the store knows.</returns>
    public Task<bool> CancelAsync(MessageId id)
    {
        if (!Index.TryRemove(id, out MessageLog log, out TaskCompletionSource? cancel))
        {
            return Index.FindCancel(id) is { } other ? AfterAsync(other) : Task.FromResult(false);
        }

        if (cancel is not null)
        {
            return UnscheduleAsync(log, id, cancel);
        }

        Window.Forget(log.Id, id, Window.OrdinalOfScheduled(log.Id, id));
        return Task.FromResult(true);
    }

    /// <summary>Lets nothing more become due.</summary>
    public void Stop() => _alarm.Clear();

    private static async Task<bool> AfterAsync(Task cancel)
    {
        await cancel.ConfigureAwait(WorkContext.IsCurrent);
        return false;
    }

    private async Task<bool> UnscheduleAsync(MessageLog log, MessageId id, TaskCompletionSource cancel)
    {
        try
        {
            long ordinal = Window.OrdinalOfScheduled(log.Id, id);
            await _writer!.Unschedule(id, ordinal).ConfigureAwait(WorkContext.IsCurrent);
            Window.Forget(log.Id, id, ordinal);
            Index.EndCancel(id);
            cancel.SetResult();
            return true;
        }
        catch (Exception exception)
        {
            Index.EndCancel(id);
            cancel.SetException(exception);
            _ = cancel.Task.Exception;
            throw;
        }
    }
}
