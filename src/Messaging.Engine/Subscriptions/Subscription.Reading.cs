using System.Diagnostics.CodeAnalysis;
using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Scheduling;
using Messaging.Storage;
using Messaging.Writing;

namespace Messaging.Subscriptions;

/// <content>What is not in memory: reading the backlog ahead, and fetching single messages, from the store.</content>
internal sealed partial class Subscription
{
    private const int ReadRecords = 1024;
    private const int ReadBytes = 1 << 20;

    /// <summary>Gets a record that is to be taken now.</summary>
    private bool TryGetLocked(LogCursor cursor, long sequence, out Record record)
    {
        bool found = TryLookLocked(cursor, sequence, out record);
        if (found && cursor.Ahead.Records.TryPeek(out (long Sequence, Record Record) first) && first.Sequence == sequence)
        {
            cursor.Ahead.Records.Dequeue();
        }

        return found;
    }

    /// <summary>Looks at a record, or has it read if it is in the store only.</summary>
    private bool TryLookLocked(LogCursor cursor, long sequence, out Record record)
    {
        while (cursor.Ahead.Records.TryPeek(out (long Sequence, Record Record) first) && first.Sequence <= sequence)
        {
            if (first.Sequence == sequence)
            {
                record = first.Record;
                return true;
            }

            cursor.Ahead.Records.Dequeue();
        }

        if (cursor.Log.TryGet(sequence, out record))
        {
            return true;
        }

        if (!cursor.Ahead.IsReading && cursor.Log.IsStored)
        {
            cursor.Ahead.IsReading = true;
            _reads.Begin();
            _context.Work.Enter();
            _context.Work.Run(() => _ = ReadAheadAsync(cursor, sequence));
        }

        return false;
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
            await _context.Writer!.Store.ReadAsync(new StoreRange(log.Id, sequence, ReadRecords, ReadBytes), records).ConfigureAwait(WorkContext.IsCurrent);
            long first = Math.Min(records.Count > 0 ? records[0].Sequence : end, log.TailStart);
            PassedGap gap;
            Backlog? backlog;
            lock (_gate)
            {
                gap = PassOverLocked(cursor, Math.Min(first, cursor.End));
                cursor.Ahead.IsReading = false;
                cursor.Ahead.HasFailed = false;
                _reads.End(failed: false);
                isRead = true;
                backlog = cursor.Share.Limit;
                if (records.Count > 0)
                {
                    // What was read before lies behind these: around damage, one read may find what another one passed over.
                    cursor.Ahead.Records.Clear();
                }

                foreach (StoreRecord record in records)
                {
                    cursor.Ahead.Records.Enqueue((record.Sequence, new Record(record.Payload)));
                }

                PumpLocked();
            }

            AfterPassing(cursor, gap, backlog);
            KeepWithinBacklog();
        }
        catch (Exception exception)
        {
            try
            {
                ReadFailed(cursor, exception);
            }
            finally
            {
                lock (_gate)
                {
                    if (!isRead)
                    {
                        cursor.Ahead.IsReading = false;
                        _reads.End(failed: true);
                    }
                }
            }
        }
        finally
        {
            _context.Work.Exit();
        }
    }

    /// <summary>Passes over messages that the store does not give, if that is asked for.</summary>
    /// <exception cref="StoreDamagedException">It is not asked for.</exception>
    private PassedGap PassOverLocked(LogCursor cursor, long end)
    {
        if (!cursor.State.SeekNext(end))
        {
            return default;
        }

        long next = cursor.State.Next;
        VerifySkips(cursor, next, end - 1);
        long unsettled = CountUnsettledLocked(cursor);

        // The cursor was lost, so treat everything before the oldest stored record as settled.
        long damaged = cursor.Ahead.BeginsAtOldest ? 0 : cursor.NoteDamaged(next, end - 1);
        cursor.Ahead.BeginsAtOldest = false;
        cursor.State.PassOver(end);
        cursor.ShowFloor();
        _damaged += damaged;
        return new PassedGap(next, end - 1, unsettled - CountUnsettledLocked(cursor), damaged);
    }

    private void VerifySkips(LogCursor cursor, long first, long last)
    {
        StoreWriter writer = _context.Writer!;
        if (!writer.SkipsDamaged && !cursor.Ahead.BeginsAtOldest)
        {
            throw new StoreDamagedException(writer.StoreName, cursor.Log.Id, first, last, "they are missing");
        }
    }

    /// <summary>Tells of what was passed over. Called without the lock.</summary>
    private void AfterPassing(LogCursor cursor, PassedGap gap, Backlog? backlog)
    {
        if (gap.Settled > 0)
        {
            cursor.Log.OnSettled(cursor, gap.Settled, exact: true);
            backlog?.Leave(gap.Settled, gap.Settled * cursor.Share.EstimatedSize);
            MarkLazily(cursor, cursor.Log.Durability);
        }

        if (gap.Damaged > 0)
        {
            EngineLog.DamagePassed(_context.Logger, Name, cursor.Log.Name, gap.First, gap.Last, gap.Damaged);
        }
    }

    /// <summary>Reads the bytes of one message that is in hands, then puts it back where it would be handed over.</summary>
    private bool FetchLocked(Buffered item)
    {
        _fetching++;
        _reads.Begin();
        _context.Work.Enter();
        _context.Work.Run(() => _ = FetchAsync(item));
        return true;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a store throws is logged, and the read is tried again.")]
    private async Task FetchAsync(Buffered item)
    {
        LogCursor cursor = item.Cursor;
        bool isBack = false;
        try
        {
            Record record = await ReadOneAsync(item).ConfigureAwait(WorkContext.IsCurrent);
            if (record.IsMissing)
            {
                VerifySkips(cursor, item.Sequence, item.Sequence);
            }

            PassedGap gap = default;
            Backlog? backlog;
            lock (_gate)
            {
                _fetching--;
                _reads.End(failed: false);
                isBack = true;
                backlog = cursor.Share.Limit;
                cursor.Ahead.HasFailed = false;
                if (!record.IsMissing)
                {
                    _redelivery.AddFailed(item.With(record));
                }
                else
                {
                    long damaged = cursor.NoteDamaged(item.Sequence, item.Sequence);
                    _damaged += damaged;
                    gap = new PassedGap(item.Sequence, item.Sequence, 1, damaged);
                    cursor.State.Settle(item.Sequence);
                    cursor.ShowFloor();
                }

                PumpLocked();
            }

            AfterPassing(cursor, gap, backlog);
            KeepWithinBacklog();
        }
        catch (Exception exception)
        {
            lock (_gate)
            {
                // It must not be in hands twice, whatever has failed.
                if (!isBack)
                {
                    _fetching--;
                    _reads.End(failed: true);
                    _redelivery.AddWaiting(item, DueTime.After(_context.Clock.Now, TimeSpan.TicksPerSecond));
                }
            }

            ReadFailed(cursor, exception);
        }
        finally
        {
            _context.Work.Exit();
        }
    }

    /// <summary>Gets the numbers of reads from the store that have ended, and of those that have failed.</summary>
    public (long Ended, long Failed) Reads => (_reads.Ended, _reads.Failed);

    /// <summary>Waits for the next read from the store that is under way, for a consumer that found nothing ready.</summary>
    /// <param name="ended">The number of reads that had ended before the consumer looked.</param>
    /// <param name="failed">The number of reads that had failed when the consumer began.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it is worth looking again. Otherwise no read is under way, or one has failed.</returns>
    public async ValueTask<bool> WaitForReadAsync(long ended, long failed, CancellationToken cancellationToken)
    {
        Task read = Task.CompletedTask;
        lock (_gate)
        {
            bool mustWait = _reads.Ended == ended;
            if (_reads.Failed != failed || (mustWait && (_stopped || !_reads.IsAnyRunning)))
            {
                return false;
            }

            read = mustWait ? _reads.WhenNextEnds() : read;
        }

        await WorkContext.Of(read).WaitAsync(cancellationToken).ConfigureAwait(WorkContext.IsCurrent);
        return true;
    }

    /// <summary>Reads the record of one message from the store; a missing one if it is not there.</summary>
    private async ValueTask<Record> ReadOneAsync(Buffered item)
    {
        MessageLog log = item.Cursor.Log;
        var records = new List<StoreRecord>(1);
        await _context.Writer!.Store.ReadAsync(new StoreRange(log.Id, item.Sequence, 1, 1), records).ConfigureAwait(WorkContext.IsCurrent);
        return records.Count > 0 && records[0].Sequence == item.Sequence ? new Record(records[0].Payload) : default;
    }

    /// <summary>Has the read tried again, unless the store gives nothing more until it is opened again; each place is told of once.</summary>
    private void ReadFailed(LogCursor cursor, Exception exception)
    {
        if (exception is ObjectDisposedException)
        {
            return;
        }

        if (exception is StoreException { MustReopen: true } failure)
        {
            // Whoever waits would wait for ever: no commit may come that finds out.
            Fail(failure);
        }

        if (Failure is null && !IsShut)
        {
            _alarm.SetNoLaterThan(DueTime.After(_context.Clock.Now, TimeSpan.TicksPerSecond));
        }

        if (exception is StoreDamagedException damage)
        {
            long last = Math.Min(damage.Last, cursor.Log.End - 1);
            long count;
            lock (_gate)
            {
                count = cursor.NoteDamaged(damage.First, last);
                _damaged += count;
            }

            if (count > 0)
            {
                EngineLog.DamageMet(_context.Logger, exception, Name, cursor.Log.Name, damage.First, last, count);
            }
        }
        else
        {
            bool isFirst;
            lock (_gate)
            {
                isFirst = !cursor.Ahead.HasFailed;
                cursor.Ahead.HasFailed = true;
            }

            if (isFirst)
            {
                EngineLog.BacklogReadFailed(_context.Logger, exception, Name, cursor.Log.Name);
            }
        }
    }
}
