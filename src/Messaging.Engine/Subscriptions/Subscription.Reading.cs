using System.Diagnostics.CodeAnalysis;
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

    private bool TryGetLocked(LogCursor cursor, long sequence, out Record record)
    {
        while (cursor.ReadAhead.TryPeek(out StoreRecord first) && first.Sequence <= sequence)
        {
            cursor.ReadAhead.Dequeue();
            if (first.Sequence == sequence)
            {
                record = new Record(first.Payload);
                return true;
            }
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
            lock (_gate)
            {
                cursor.IsReading = false;
                missing = SkipMissingLocked(cursor, records[0].Sequence);
                foreach (StoreRecord record in records)
                {
                    cursor.ReadAhead.Enqueue(record);
                }

                PumpLocked();
            }

            if (missing > 0)
            {
                EngineLog.RecordsMissing(_context.Logger, Name, missing, cursor.Log.Name, records[0].Sequence);
                Settled?.Invoke(missing);
            }
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
