using System.Diagnostics.CodeAnalysis;
using Messaging.Bounds;
using Messaging.Cursors;
using Messaging.Diagnostics;
using Messaging.Dispatch;
using Messaging.Storage;

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
        if (found && cursor.ReadAhead.TryPeek(out (long Sequence, Record Record) first) && first.Sequence == sequence)
        {
            cursor.ReadAhead.Dequeue();
        }

        return found;
    }

    /// <summary>Looks at a record, or has it read if it is in the store only.</summary>
    private bool TryLookLocked(LogCursor cursor, long sequence, out Record record)
    {
        while (cursor.ReadAhead.TryPeek(out (long Sequence, Record Record) first) && first.Sequence <= sequence)
        {
            if (first.Sequence == sequence)
            {
                record = first.Record;
                return true;
            }

            cursor.ReadAhead.Dequeue();
        }

        if (cursor.Log.TryGet(sequence, out record))
        {
            return true;
        }

        if (!cursor.IsReading && cursor.IsStored)
        {
            cursor.IsReading = true;
            _context.Work.Enter();
            ThreadPool.UnsafeQueueUserWorkItem(
                static state => _ = state.Owner.ReadAheadAsync(state.Cursor, state.Sequence), (Owner: this, Cursor: cursor, Sequence: sequence), preferLocal: false);
        }

        return false;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a store throws is logged, and the read is tried again.")]
    private async Task ReadAheadAsync(LogCursor cursor, long sequence)
    {
        var records = new List<StoreRecord>();
        try
        {
            await cursor.Log.Writer!.Store.ReadAsync(new StoreRange(cursor.Log.Id, sequence, ReadRecords, ReadBytes), records).ConfigureAwait(false);
            if (records.Count == 0)
            {
                throw new StoreException($"The store has no record at or after {sequence} of log {cursor.Log.Id}.");
            }

            long missing;
            Backlog? backlog;
            lock (_gate)
            {
                cursor.IsReading = false;
                missing = SkipMissingLocked(cursor, Math.Min(records[0].Sequence, cursor.End));
                backlog = cursor.Limit;
                foreach (StoreRecord record in records)
                {
                    cursor.ReadAhead.Enqueue((record.Sequence, new Record(record.Payload)));
                }

                PumpLocked();
            }

            if (missing > 0)
            {
                EngineLog.RecordsMissing(_context.Logger, Name, missing, cursor.Log.Name, records[0].Sequence);
                Settled?.Invoke(missing);
                backlog?.Leave(missing, missing * cursor.EstimatedSize);
            }

            KeepWithinBacklog();
        }
        catch (Exception exception)
        {
            ReadFailed(cursor, exception);
            lock (_gate)
            {
                cursor.IsReading = false;
            }
        }
        finally
        {
            _context.Work.Exit();
        }
    }

    /// <summary>Passes over numbers that the store does not hold: they are counted as dropped and logged, and the rest is served.</summary>
    private long SkipMissingLocked(LogCursor cursor, long first)
    {
        long missing = 0;
        while (cursor.State.SeekNext(first))
        {
            cursor.State.Settle(cursor.State.Take());
            missing++;
        }

        _dropped += missing;
        cursor.ShowFloor();
        return missing;
    }

    /// <summary>Reads the bytes of one message that is in hands, then puts it back where it would be handed over.</summary>
    private bool FetchLocked(Buffered item)
    {
        _fetching++;
        _context.Work.Enter();
        ThreadPool.UnsafeQueueUserWorkItem(
            static state => _ = state.Owner.FetchAsync(state.Item), (Owner: this, Item: item), preferLocal: false);
        return true;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a store throws is logged, and the read is tried again.")]
    private async Task FetchAsync(Buffered item)
    {
        LogCursor cursor = item.Cursor;
        var records = new List<StoreRecord>(1);
        try
        {
            await cursor.Log.Writer!.Store.ReadAsync(new StoreRange(cursor.Log.Id, item.Sequence, 1, 1), records).ConfigureAwait(false);
            if (records.Count == 0 || records[0].Sequence != item.Sequence)
            {
                throw new StoreException($"The store has no record {item.Sequence} of log {cursor.Log.Id}.");
            }

            lock (_gate)
            {
                _fetching--;
                _redelivery.AddFailed(item.With(new Record(records[0].Payload)));
                PumpLocked();
            }

            KeepWithinBacklog();
        }
        catch (Exception exception)
        {
            lock (_gate)
            {
                _fetching--;
                _redelivery.AddWaiting(item, _context.Clock.Now + TimeSpan.TicksPerSecond);
            }

            ReadFailed(cursor, exception);
        }
        finally
        {
            _context.Work.Exit();
        }
    }

    private void ReadFailed(LogCursor cursor, Exception exception)
    {
        if (exception is not ObjectDisposedException)
        {
            EngineLog.BacklogReadFailed(_context.Logger, exception, Name, cursor.Log.Name);
            _alarm.SetNoLaterThan(_context.Clock.Now + TimeSpan.TicksPerSecond);
        }
    }
}
