using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Files;
using Messaging.Sqlite.Scheduling;
using Messaging.Sqlite.Segments;
using Messaging.Storage;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Reading;

/// <summary>A reading connection: finds a log's records through its places and the directories, and loads only the bodies that hold them.</summary>
/// <remarks>Each call is one short read transaction, so that it sees one state of the file and pins the write-ahead log no longer.</remarks>
internal sealed class BacklogReader : IDisposable
{
    private readonly Database _database;
    private readonly Fence _fence;
    private readonly bool _skipsDamaged;
    private readonly ReadHints _hints;
    private readonly Statement _begin;
    private readonly Statement _end;
    private readonly Statement _findLog;
    private readonly Statement _findPlace;
    private readonly Statement _lastSegment;
    private readonly BatchWalk _walk;
    private readonly Statement _body;
    private readonly Statement _scheduled;
    private long _read;

    public BacklogReader(Fence fence, bool skipsDamaged, ReadHints hints)
    {
        _skipsDamaged = skipsDamaged;
        _hints = hints;
        Heed(fence, fence.FindAbsence());
        _database = new Database(fence.Path, queryOnly: true);
        try
        {
            // Where nobody closes the store, this may be the last connection that is collected.
            _database.KeepLogAtClose();
            _fence = fence.For(_database);
            _begin = _database.Prepare("BEGIN");
            _end = _database.Prepare("COMMIT");
            _findLog = _database.Prepare("SELECT number FROM log WHERE id = ?1");
            _findPlace = _database.Prepare(
                $"SELECT {PlaceRow.Columns} FROM place WHERE log = ?1 AND last_sequence >= ?2 ORDER BY last_sequence LIMIT 1");
            _lastSegment = _database.Prepare($"SELECT {SegmentRow.Columns} FROM segment ORDER BY id DESC LIMIT 1");
            _walk = new BatchWalk(_database, withBodies: false);
            _body = _database.Prepare("SELECT body FROM batch WHERE id = ?1");
            _scheduled = _database.Prepare($"SELECT {ScheduledRow.Whole} FROM scheduled WHERE due <= ?1 ORDER BY due, key");
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    /// <summary>Reads records of a log; what was found before damage is returned without it.</summary>
    /// <exception cref="StoreDamagedException">The first record is damaged.</exception>
    public void Read(StoreRange range, List<StoreRecord> output, CancellationToken cancellationToken)
    {
        var collector = new RecordCollector(range, output);
        _read = _hints.BeginRead();
        _begin.Run();
        try
        {
            VerifyFile();
            if (TryFindLog(range.Log, out long log))
            {
                ReadPlaces(range.Log, log, ref collector, cancellationToken);
            }
        }
        catch (StoreDamagedException) when (collector.Found)
        {
            // The caller gets the records before the damage now, and the exception when it asks for the next ones.
        }
        finally
        {
            End();
        }
    }

    /// <summary>Reads scheduled records; damaged ones are left out.</summary>
    public void ReadScheduled(long dueTicks, int maxRecords, List<ScheduledRecord> output)
    {
        _scheduled.Bind(1, dueTicks);
        int most = output.Count + maxRecords;
        VerifyFile();
        try
        {
            while (output.Count < most && _scheduled.Step())
            {
                if (ScheduledRow.TryRead(_scheduled, out ScheduledRecord record))
                {
                    output.Add(record);
                }
            }
        }
        finally
        {
            _scheduled.Reset();
        }
    }

    public void Dispose() => _database.Dispose();

    // Records of a file that is not the session's any more are somebody else's to deliver, or gone with the next opening.
    private void VerifyFile() => Heed(_fence, _fence.FindMove() ?? _fence.FindOtherOwner());

    private static void Heed(Fence fence, string? trouble)
    {
        if (trouble is not null)
        {
            throw new StoreException($"'{fence.Path}' cannot be read ({trouble}) and must be opened again.") { MustReopen = true };
        }
    }

    // After damage SQLite refuses even to end what only read.
    private void End()
    {
        try
        {
            _end.Run();
        }
        catch (SqliteException) when (!_database.InTransaction)
        {
            // It has ended all the same.
        }
        catch (SqliteException e) when (DamageReport.IsDamage(e))
        {
            _database.Execute("ROLLBACK");
        }
    }

    private bool TryFindLog(int id, out long number)
    {
        bool found = _findLog.Bind(1, id).Step();
        number = found ? _findLog.Int64(0) : 0;
        _findLog.Reset();
        return found;
    }

    private void ReadPlaces(int id, long log, ref RecordCollector collector, CancellationToken cancellationToken)
    {
        while (!collector.IsFull)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (long from, long to, long last) = FindStretch(log, collector.Next);
            DamagedBatch? damaged = Scan(id, log, Math.Max(from, _hints.FirstBatch(_read, log, collector.Next)), to, ref collector);
            if (damaged is not null && !collector.IsFull && collector.Next <= last)
            {
                // Nothing of the log came after the damage, so that may hide all that is left here.
                Pass(id, damaged.Value, last, ref collector);
            }

            if (last == long.MaxValue)
            {
                return;
            }

            if (!collector.IsFull)
            {
                collector.SkipTo(last + 1);
            }
        }
    }

    /// <summary>Finds the batches that hold a record or the ones behind it, and the last record there; all batches if the places are damaged.</summary>
    private (long From, long To, long Last) FindStretch(long log, long sequence)
    {
        bool isWhole;
        SegmentRow segment = default;
        try
        {
            if (_findPlace.Bind(1, log).Bind(2, sequence).Step())
            {
                // In a damaged order of the places one can be found that was not looked for.
                isWhole = PlaceRow.TryRead(_findPlace, log, out PlaceRow row) && row.Place.Last >= sequence;
                return isWhole ? (row.FirstBatch, row.Place.Segment, row.Place.Last) : (0, long.MaxValue, long.MaxValue);
            }

            isWhole = !_lastSegment.Step() || SegmentRow.TryRead(_lastSegment, out segment);
        }
        catch (SqliteException e) when (DamageReport.IsDamage(e))
        {
            isWhole = false;
        }
        finally
        {
            _findPlace.Reset();
            _lastSegment.Reset();
        }

        return (isWhole ? segment.Id + 1 : 0, long.MaxValue, long.MaxValue);
    }

    /// <summary>Collects from the batches in turn.</summary>
    /// <returns>The last damaged batch that records may be missing from, if no record of the log came after it.</returns>
    private DamagedBatch? Scan(int id, long log, long from, long to, ref RecordCollector collector)
    {
        DamagedBatch? damaged = null;
        _walk.Begin(from, to);
        try
        {
            while (!collector.IsFull && _walk.Next())
            {
                if (_walk.Damage is { } damage)
                {
                    damaged = new DamagedBatch(_walk.Id, damage);
                    continue;
                }

                try
                {
                    ReadBatch(id, log, new BatchDirectory(_walk.Id, _walk.Directory), ref damaged, ref collector);
                }
                catch (InvalidDataException e)
                {
                    damaged = new DamagedBatch(_walk.Id, e);
                }
            }
        }
        finally
        {
            _walk.End();
        }

        return damaged;
    }

    private void ReadBatch(int id, long log, BatchDirectory directory, ref DamagedBatch? damaged, ref RecordCollector collector)
    {
        bool loaded = false;
        try
        {
            while (directory.MoveNext() && !collector.IsFull)
            {
                BatchRun run = directory.Current;
                if (run.Log != log || run.Last < collector.Next)
                {
                    continue;
                }

                if (damaged is not null && run.First > collector.Next)
                {
                    // What the damage hides lies between what came before it and what comes now.
                    Pass(id, damaged.Value, run.First - 1, ref collector);
                }

                damaged = null;
                Take(id, run, directory, ref loaded, ref collector);
            }
        }
        finally
        {
            _body.Reset();
        }
    }

    private void Take(int id, BatchRun run, BatchDirectory directory, ref bool loaded, ref RecordCollector collector)
    {
        long batch = _walk.Id;
        try
        {
            if (!loaded)
            {
                _body.Bind(1, batch).Step();
                directory.Verify(_body.Blob(0));
                loaded = true;
            }

            collector.Take(run, run.In(_body.Blob(0)));
            _hints.Remember(_read, run.Log, collector.Next - 1, batch);
        }
        catch (Exception e) when (DamageReport.IsDamage(e))
        {
            _body.Reset();
            Pass(id, new DamagedBatch(batch, e), run.Last, ref collector);
        }
    }

    /// <summary>Passes over damaged records, or refuses to.</summary>
    private void Pass(int id, DamagedBatch damaged, long last, ref RecordCollector collector)
    {
        if (!_skipsDamaged)
        {
            throw new StoreDamagedException(
                _fence.Path, id, collector.Next, last, $"batch {damaged.Batch}: {damaged.Cause.Message}", damaged.Cause);
        }

        if (last < long.MaxValue)
        {
            collector.SkipTo(last + 1);
        }
    }

    private readonly record struct DamagedBatch(long Batch, Exception Cause);
}
