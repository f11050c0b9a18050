using System.Diagnostics.CodeAnalysis;
using Messaging.Context;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Logging;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.State;
using Messaging.Storage;

namespace Messaging.Subscriptions;

/// <summary>Reads what is in the store only: the backlog of a cursor ahead of its consumers, and single messages that are in hand.</summary>
internal sealed class StoredBacklog(Subscription subscription) : IStoredBacklog
{
    private const int ReadRecords = 1024;
    private const int ReadBytes = 1 << 20;

    private SubscriptionState State => subscription.State;

    private BrokerContext Context => subscription.Context;

    /// <summary>Gets the numbers of reads from the store that have ended, and of those that have failed.</summary>
    public (long Ended, long Failed) Reads => (State.Reads.Ended, State.Reads.Failed);

    public void ReadAhead(LogCursor cursor, long sequence)
    {
        cursor.Ahead.IsReading = true;
        Begin(() => ReadAheadAsync(cursor, sequence));
    }

    public void Fetch(in Buffered item) => BeginFetch(item);

    /// <summary>Waits for the next read from the store that is under way, for a consumer that found nothing ready.</summary>
    /// <param name="ended">The number of reads that had ended before the consumer looked.</param>
    /// <param name="failed">The number of reads that had failed when the consumer began.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it is worth looking again. Otherwise no read is under way, or one has failed.</returns>
    public async ValueTask<bool> WaitForReadAsync(long ended, long failed, CancellationToken cancellationToken)
    {
        Task read = Task.CompletedTask;
        using (Guard guard = subscription.Hold())
        {
            bool mustWait = State.Reads.Ended == ended;
            if (State.Reads.Failed != failed || (mustWait && (State.Demand.IsStopped || !State.Reads.IsAnyRunning)))
            {
                return false;
            }

            read = mustWait ? State.Reads.WhenNextEnds() : read;
        }

        await WorkContext.Of(read).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        return true;
    }

    /// <summary>Reads the record of one message from the store; a missing one if it is not there.</summary>
    public async ValueTask<Record> ReadOneAsync(Buffered item)
    {
        var records = new List<StoreRecord>(1);
        await Context.Writer!.Store.ReadAsync(new StoreRange(item.Cursor.Log.Id, item.Sequence, 1, 1), records).ConfigureAwait(WorkContext.IsCurrent);
        return records.Count > 0 && records[0].Sequence == item.Sequence ? new Record(records[0].Payload) : default;
    }

    /// <summary>Has a failed read tried again, unless the store gives nothing more until it is opened again; each damaged place is logged once.</summary>
    public void OnFailed(LogCursor cursor, Exception exception)
    {
        if (exception is ObjectDisposedException)
        {
            return;
        }

        if (exception is StoreException { MustReopen: true } failure)
        {
            // Whoever waits would wait for ever: no commit may come that finds out.
            subscription.Parts.Control.Fail(failure);
        }

        using Aftermath after = subscription.Decide();
        after.Alarm(State.Availability.Failure is null ? DueTime.After(Context.Clock.Now, TimeSpan.TicksPerSecond) : 0);
        if (exception is StoreDamagedException damage)
        {
            long last = Math.Min(damage.Last, cursor.Log.End - 1);
            long count = cursor.NoteDamaged(damage.First, last);
            State.Counters.Damaged += count;
            after.Log(count > 0 ? DamageLine(cursor, damage, last, count) : null);
        }
        else if (!cursor.Ahead.HasFailed)
        {
            cursor.Ahead.HasFailed = true;
            after.Log(FailureLine(cursor, exception));
        }
    }

    private void BeginFetch(Buffered item) => Begin(() => FetchAsync(item));

    private void Begin(Func<Task> read)
    {
        State.Reads.Begin();
        Context.Work.Enter();
        Context.Work.Run(() => _ = read());
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a store throws is logged, and the read is tried again.")]
    private async Task ReadAheadAsync(LogCursor cursor, long sequence)
    {
        MessageLog log = cursor.Log;
        var records = new List<StoreRecord>();
        bool isRead = false;
        try
        {
            // What is committed by now, the store has or has lost.
            long end = log.End;
            await Context.Writer!.Store.ReadAsync(new StoreRange(log.Id, sequence, ReadRecords, ReadBytes), records).ConfigureAwait(WorkContext.IsCurrent);
            long first = Math.Min(records.Count > 0 ? records[0].Sequence : end, log.TailStart);
            EndReadAhead(cursor, first, records, ref isRead);
        }
        catch (Exception exception)
        {
            try
            {
                OnFailed(cursor, exception);
            }
            finally
            {
                // Whatever has failed after the read: the next one may be under way.
                if (!isRead)
                {
                    EndFailedRead(cursor);
                }
            }
        }
        finally
        {
            Context.Work.Exit();
        }
    }

    private void EndReadAhead(LogCursor cursor, long first, List<StoreRecord> records, ref bool isRead)
    {
        using Aftermath after = subscription.Decide();
        PassedGap gap = default;
        long end = Math.Min(first, cursor.End);
        if (cursor.State.SeekNext(end))
        {
            VerifySkips(cursor, cursor.State.Next, end - 1);
            gap = State.PassOver(cursor, end);
        }

        cursor.Ahead.IsReading = false;
        cursor.Ahead.HasFailed = false;
        State.Reads.End(failed: false);
        isRead = true;
        if (records.Count > 0)
        {
            // What was read before lies behind these: around damage, one read may find what another one passed over.
            cursor.Ahead.Records.Clear();
        }

        foreach (StoreRecord record in records)
        {
            cursor.Ahead.Records.Enqueue((record.Sequence, new Record(record.Payload)));
        }

        State.Demand.Ask();
        if (gap.Settled > 0)
        {
            after.Settled(RunOf(cursor, gap));
            after.Mark(cursor);
        }

        after.Log(gap.Damaged > 0 ? GapLine(cursor, gap) : null);
        after.CheckBacklog();
    }

    private void EndFailedRead(LogCursor cursor)
    {
        using Guard guard = subscription.Hold();
        cursor.Ahead.IsReading = false;
        State.Reads.End(failed: true);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a store throws is logged, and the read is tried again.")]
    private async Task FetchAsync(Buffered item)
    {
        bool isBack = false;
        try
        {
            Record record = await ReadOneAsync(item).ConfigureAwait(WorkContext.IsCurrent);
            if (record.IsMissing)
            {
                VerifySkips(item.Cursor, item.Sequence, item.Sequence);
            }

            isBack = true;
            EndFetch(item, record);
        }
        catch (Exception exception)
        {
            if (!isBack)
            {
                WaitForFetch(item);
            }

            OnFailed(item.Cursor, exception);
        }
        finally
        {
            Context.Work.Exit();
        }
    }

    private void EndFetch(in Buffered item, in Record record)
    {
        LogCursor cursor = item.Cursor;
        using Aftermath after = subscription.Decide();
        State.InHand.EndFetch();
        State.Reads.End(failed: false);
        cursor.Ahead.HasFailed = false;
        if (record.IsMissing)
        {
            long damaged = cursor.NoteDamaged(item.Sequence, item.Sequence);
            State.Counters.Damaged += damaged;
            var gap = new PassedGap(item.Sequence, item.Sequence, 1, damaged);
            InHand.Settle(cursor, item.Sequence, size: 0);
            after.Settled(RunOf(cursor, gap));
            after.Mark(cursor);
            after.Log(damaged > 0 ? GapLine(cursor, gap) : null);
            State.Demand.Ask();
        }
        else
        {
            State.AddFailed(item.With(record));
        }

        after.CheckBacklog();
    }

    private void WaitForFetch(in Buffered item)
    {
        using Guard guard = subscription.Hold();
        State.InHand.EndFetch();
        State.Reads.End(failed: true);
        State.InHand.Redelivery.AddWaiting(item, DueTime.After(Context.Clock.Now, TimeSpan.TicksPerSecond));
    }

    private static SettledRun RunOf(LogCursor cursor, in PassedGap gap) =>
        new(cursor, gap.Settled, cursor.Share.Limit, gap.Settled * cursor.Share.EstimatedSize) { IsExact = true };

    /// <exception cref="StoreDamagedException">Messages that the store does not give may not be passed over.</exception>
    private void VerifySkips(LogCursor cursor, long first, long last)
    {
        if (!Context.Writer!.SkipsDamaged && !cursor.Ahead.BeginsAtOldest)
        {
            throw new StoreDamagedException(Context.Writer.StoreName, cursor.Log.Id, first, last, "they are missing");
        }
    }

    private Action<LogQueue> GapLine(LogCursor cursor, PassedGap gap) =>
        logger => EngineLog.DamagePassed(logger, subscription.Name, cursor.Log.Name, gap.First, gap.Last, gap.Damaged);

    private Action<LogQueue> DamageLine(LogCursor cursor, StoreDamagedException damage, long last, long count) =>
        logger => EngineLog.DamageMet(logger, damage, subscription.Name, cursor.Log.Name, damage.First, last, count);

    private Action<LogQueue> FailureLine(LogCursor cursor, Exception exception) =>
        logger => EngineLog.BacklogReadFailed(logger, exception, subscription.Name, cursor.Log.Name);
}
