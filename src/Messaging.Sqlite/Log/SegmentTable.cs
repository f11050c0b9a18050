using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Storage;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Log;

/// <summary>The closed segments and the logs' places in them. A segment goes when its last place has gone.</summary>
internal sealed class SegmentTable
{
    private const int BatchesASlice = 128;

    private readonly Database _database;
    private readonly DamageReport _damage;
    private readonly Statement _insertSegment;
    private readonly Statement _insertPlace;
    private readonly Statement _findPlace;
    private readonly Statement _deletePlace;
    private readonly Statement _newestPlace;
    private readonly Statement _findSegment;
    private readonly Statement _deleteBatches;
    private readonly Statement _changes;
    private readonly Statement _deleteSegment;
    private readonly Queue<(long Id, long First)> _dead = new();

    /// <param name="database">The connection.</param>
    /// <param name="damage">Is told of damaged rows.</param>
    /// <param name="garbageLeft">The dead bytes in sparse segments that are left alone.</param>
    public SegmentTable(Database database, DamageReport damage, long garbageLeft)
    {
        _database = database;
        _damage = damage;
        Sparse = new SparseSegments(garbageLeft);
        _insertSegment = database.Prepare(
            "INSERT OR REPLACE INTO segment (id, first_batch, live, bytes, live_bytes, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _insertPlace = database.Prepare(
            "INSERT OR REPLACE INTO place (log, last_sequence, segment, first_batch, first_sequence, records, bytes, checksum) "
            + "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        _findPlace = database.Prepare(
            $"SELECT {PlaceRow.Columns} FROM place WHERE log = ?1 AND last_sequence >= ?2 ORDER BY last_sequence LIMIT 1");
        _newestPlace = database.Prepare($"SELECT {PlaceRow.Columns} FROM place WHERE log = ?1 ORDER BY last_sequence DESC LIMIT 1");
        _deletePlace = database.Prepare("DELETE FROM place WHERE log = ?1 AND last_sequence = ?2");
        _findSegment = database.Prepare($"SELECT {SegmentRow.Columns} FROM segment WHERE id = ?1");
        _deleteBatches = database.Prepare(
            "DELETE FROM batch WHERE id IN (SELECT id FROM batch WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3)");
        _changes = database.Prepare("SELECT changes()");
        _deleteSegment = database.Prepare("DELETE FROM segment WHERE id = ?1");
    }

    /// <summary>Gets a value indicating whether there are segments to delete.</summary>
    public bool HasDead => _dead.Count > 0;

    /// <summary>Gets the segments to compact.</summary>
    public SparseSegments Sparse { get; }

    /// <summary>Reads what is to be deleted or compacted anew, and returns the last batch of the last segment.</summary>
    public long Load()
    {
        _dead.Clear();
        foreach (SegmentRow segment in Read("WHERE live = 0").Where(segment => segment.Live == 0))
        {
            _dead.Enqueue((segment.Id, segment.First));
        }

        Sparse.Clear();
        foreach (SegmentRow segment in Read("WHERE live_bytes * 2 < bytes AND live > 0").Where(segment => segment.Live > 0))
        {
            Sparse.Judge(segment.Id, segment.Bytes, segment.LiveBytes);
        }

        return Read("ORDER BY id DESC").Select(segment => segment.Id).FirstOrDefault();
    }

    /// <summary>Gets the number of a log's last record in closed segments; 0 when it has none there.</summary>
    public long LastOf(LogState log)
    {
        try
        {
            if (!_newestPlace.Bind(1, log.Number).Step())
            {
                return 0;
            }

            if (PlaceRow.TryRead(_newestPlace, log.Number, out PlaceRow row))
            {
                return row.Place.Last;
            }
        }
        finally
        {
            _newestPlace.Reset();
        }

        _damage.Meet(new StoreDamage($"The row of the newest place of log {log.Number} is damaged: its records are found by scanning the whole file, which is slow."));
        return 0;
    }

    /// <summary>Closes the open segment: from now on the file knows where its logs' records are.</summary>
    public void Close(OpenSegment open, long lastBatch)
    {
        long liveBytes = 0;
        List<LogState> logs = open.Logs();
        foreach (LogState log in logs)
        {
            long records = 0;
            long bytes = 0;
            for (int i = 0; i < log.OpenRuns.Count; i++)
            {
                records += log.OpenRuns[i].Live;
                bytes += log.OpenRuns[i].LiveBytes;
            }

            liveBytes += bytes;
            Write(log.Number, new Place(log.OpenRuns[0].First, log.Last, lastBatch, records, bytes), log.OpenRuns[0].Batch.Id);
            if (log.OldestPlace == LogState.None)
            {
                log.OldestPlace = log.Last;
            }
        }

        Write(lastBatch, open.First, logs.Count, open.Bytes, liveBytes);
        open.Clear();
    }

    /// <summary>Writes a log's place, replacing the one that ends with the same number.</summary>
    public void Write(long log, Place place, long firstBatch) =>
        _insertPlace.Bind(1, log).Bind(2, place.Last).Bind(3, place.Segment).Bind(4, firstBatch).Bind(5, place.First)
            .Bind(6, place.Records).Bind(7, place.Bytes).Bind(8, new PlaceRow(log, place, firstBatch).Checksum).Run();

    /// <summary>Writes a segment.</summary>
    public void Write(long segment, long firstBatch, int places, long bytes, long liveBytes)
    {
        Write(new SegmentRow(segment, firstBatch, places, bytes, liveBytes));
        Sparse.Judge(segment, bytes, liveBytes);
    }

    /// <summary>Deletes the row of a segment that has neither places nor batches any more.</summary>
    public void Delete(long segment) => _deleteSegment.Bind(1, segment).Run();

    /// <summary>Finds the first place of a log that ends at or after a number.</summary>
    /// <remarks>A damaged place is left alone, and those behind it: their space is not used again, but nothing of others is given away.</remarks>
    public bool TryFind(long log, long sequence, out Place place)
    {
        place = default;
        try
        {
            if (_findPlace.Bind(1, log).Bind(2, sequence).Step() && PlaceRow.TryRead(_findPlace, log, out PlaceRow row))
            {
                place = row.Place;
                return place.Last >= sequence;
            }
        }
        catch (SqliteException e) when (DamageReport.IsDamage(e))
        {
            // Who reads the log is told.
        }
        finally
        {
            _findPlace.Reset();
        }

        return false;
    }

    /// <summary>Finds a segment that has places.</summary>
    /// <returns>Its first batch, and the number of its places; zeros when there is none, or its row is damaged.</returns>
    public (long FirstBatch, long Live) Find(long segment) => TryFind(segment, out SegmentRow row) ? (row.First, row.Live) : default;

    /// <summary>Drops the places of a log that are wholly below its trim; false when there are more of them than was allowed.</summary>
    /// <param name="log">The log.</param>
    /// <param name="most">The most places to drop.</param>
    public bool Pass(LogState log, int most)
    {
        for (int i = 0; log.OldestPlace < log.Trim; i++)
        {
            if (i == most)
            {
                return false;
            }

            bool found = TryFind(log.Number, long.MinValue, out Place oldest);
            log.OldestPlace = found ? oldest.Last : LogState.None;
            if (log.OldestPlace >= log.Trim)
            {
                break;
            }

            Drop(log, oldest);
        }

        return true;
    }

    /// <summary>Drops a place in which nothing is live any more.</summary>
    public void Drop(LogState log, Place place)
    {
        DeletePlace(log.Number, place);
        log.OldestPlace = LogState.Unknown;
        if (!TryFind(place.Segment, out SegmentRow segment))
        {
            return;
        }

        segment = segment with { Live = segment.Live - 1, LiveBytes = segment.LiveBytes - place.Bytes };
        Write(segment);
        if (segment.Live == 0)
        {
            Sparse.Remove(segment.Id);
            _dead.Enqueue((segment.Id, segment.First));
        }
        else
        {
            Sparse.Judge(segment.Id, segment.Bytes, segment.LiveBytes);
        }
    }

    /// <summary>Deletes a place's row alone; the caller writes the segment anew.</summary>
    public void DeletePlace(long log, Place place)
    {
        _deletePlace.Bind(1, log).Bind(2, place.Last).Run();
        Sparse.NoteDead(place.Segment, log, 0);
    }

    /// <summary>Notes how much of a place is dead.</summary>
    public void NoteDead(long log, Place place, long bytes)
    {
        Sparse.NoteDead(place.Segment, log, bytes);
        if (TryFind(place.Segment, out SegmentRow segment))
        {
            Sparse.Judge(segment.Id, segment.Bytes, segment.LiveBytes);
        }
    }

    /// <summary>Deletes a part of the oldest dead segment.</summary>
    public void DeleteSlice()
    {
        (long id, long first) = _dead.Peek();
        _deleteBatches.Bind(1, first).Bind(2, id).Bind(3, BatchesASlice).Run();
        _changes.Step();
        long deleted = _changes.Int64(0);
        _changes.Reset();
        if (deleted < BatchesASlice)
        {
            Delete(id);
            _dead.Dequeue();
        }
    }

    private void Write(SegmentRow row) =>
        _insertSegment.Bind(1, row.Id).Bind(2, row.First).Bind(3, row.Live).Bind(4, row.Bytes).Bind(5, row.LiveBytes).Bind(6, row.Checksum).Run();

    private bool TryFind(long id, out SegmentRow segment)
    {
        segment = default;
        try
        {
            return _findSegment.Bind(1, id).Step() && SegmentRow.TryRead(_findSegment, out segment);
        }
        catch (SqliteException e) when (DamageReport.IsDamage(e))
        {
            return false;
        }
        finally
        {
            _findSegment.Reset();
        }
    }

    private IEnumerable<SegmentRow> Read(string which)
    {
        using var rows = new Statement(_database.Handle, $"SELECT {SegmentRow.Columns} FROM segment {which}");
        while (rows.Step())
        {
            if (SegmentRow.TryRead(rows, out SegmentRow segment))
            {
                yield return segment;
            }
            else
            {
                _damage.Meet(new StoreDamage($"The row of segment {rows.Int64(0)} is damaged: its space is not used again."));
            }
        }
    }
}
