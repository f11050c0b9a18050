using Messaging.Sqlite.Files;

namespace Messaging.Sqlite.Log;

/// <summary>The closed segments and the logs' places in them. A segment goes when its last place has gone.</summary>
internal sealed class SegmentTable
{
    private const int BatchesASlice = 128;

    private readonly Database _database;
    private readonly Statement _insertSegment;
    private readonly Statement _insertPlace;
    private readonly Statement _findPlace;
    private readonly Statement _deletePlace;
    private readonly Statement _release;
    private readonly Statement _findSegment;
    private readonly Statement _deleteBatches;
    private readonly Statement _changes;
    private readonly Statement _deleteSegment;
    private readonly Queue<(long Id, long First)> _dead = new();

    /// <param name="database">The connection.</param>
    /// <param name="garbageLeft">The dead bytes in sparse segments that are left alone.</param>
    public SegmentTable(Database database, long garbageLeft)
    {
        _database = database;
        Sparse = new SparseSegments(garbageLeft);
        _insertSegment = database.Prepare(
            "INSERT OR REPLACE INTO segment (id, first_batch, live, bytes, live_bytes) VALUES (?1, ?2, ?3, ?4, ?5)");
        _insertPlace = database.Prepare(
            "INSERT OR REPLACE INTO place (log, last_sequence, segment, first_batch, first_sequence, records, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        _findPlace = database.Prepare(
            "SELECT first_sequence, last_sequence, segment, records, bytes FROM place WHERE log = ?1 AND last_sequence >= ?2 ORDER BY last_sequence LIMIT 1");
        _deletePlace = database.Prepare("DELETE FROM place WHERE log = ?1 AND last_sequence = ?2");
        _release = database.Prepare(
            "UPDATE segment SET live = live - 1, live_bytes = live_bytes - ?2 WHERE id = ?1 RETURNING live, first_batch, bytes, live_bytes");
        _findSegment = database.Prepare("SELECT first_batch, live, bytes, live_bytes FROM segment WHERE id = ?1");
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
        using (var rows = new Statement(_database.Handle, "SELECT id, first_batch FROM segment WHERE live = 0"))
        {
            while (rows.Step())
            {
                _dead.Enqueue((rows.Int64(0), rows.Int64(1)));
            }
        }

        Sparse.Clear();
        using (var rows = new Statement(_database.Handle, "SELECT id, bytes, live_bytes FROM segment WHERE live_bytes * 2 < bytes AND live > 0"))
        {
            while (rows.Step())
            {
                Sparse.Judge(rows.Int64(0), rows.Int64(1), rows.Int64(2));
            }
        }

        return _database.Scalar("SELECT max(id) FROM segment");
    }

    /// <summary>Closes the open segment: from now on the file knows where its logs' records are.</summary>
    public void Close(OpenSegment open, long lastBatch)
    {
        long liveBytes = 0;
        foreach (LogState log in open.Logs)
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

        Write(lastBatch, open.First, open.Logs.Count, open.Bytes, liveBytes);
        open.Clear();
    }

    /// <summary>Writes a log's place, replacing the one that ends with the same number.</summary>
    public void Write(long log, Place place, long firstBatch) =>
        _insertPlace.Bind(1, log).Bind(2, place.Last).Bind(3, place.Segment).Bind(4, firstBatch).Bind(5, place.First)
            .Bind(6, place.Records).Bind(7, place.Bytes).Run();

    /// <summary>Writes a segment.</summary>
    public void Write(long segment, long firstBatch, int places, long bytes, long liveBytes)
    {
        _insertSegment.Bind(1, segment).Bind(2, firstBatch).Bind(3, places).Bind(4, bytes).Bind(5, liveBytes).Run();
        Sparse.Judge(segment, bytes, liveBytes);
    }

    /// <summary>Deletes the row of a segment that has neither places nor batches any more.</summary>
    public void Delete(long segment) => _deleteSegment.Bind(1, segment).Run();

    /// <summary>Finds the first place of a log that ends at or after a number.</summary>
    public bool TryFind(long log, long sequence, out Place place)
    {
        bool found = _findPlace.Bind(1, log).Bind(2, sequence).Step();
        place = found
            ? new Place(_findPlace.Int64(0), _findPlace.Int64(1), _findPlace.Int64(2), _findPlace.Int64(3), _findPlace.Int64(4))
            : default;
        _findPlace.Reset();
        return found;
    }

    /// <summary>Finds a segment that has places.</summary>
    /// <returns>Its first batch, and the number of its places; zeros when there is none.</returns>
    public (long FirstBatch, long Live) Find(long segment)
    {
        bool found = _findSegment.Bind(1, segment).Step();
        (long, long) row = found ? (_findSegment.Int64(0), _findSegment.Int64(1)) : default;
        _findSegment.Reset();
        return row;
    }

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
        if (_release.Bind(1, place.Segment).Bind(2, place.Bytes).Step())
        {
            if (_release.Int64(0) == 0)
            {
                Sparse.Remove(place.Segment);
                _dead.Enqueue((place.Segment, _release.Int64(1)));
            }
            else
            {
                Sparse.Judge(place.Segment, _release.Int64(2), _release.Int64(3));
            }
        }

        _release.Reset();
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
        if (_findSegment.Bind(1, place.Segment).Step())
        {
            Sparse.Judge(place.Segment, _findSegment.Int64(2), _findSegment.Int64(3));
        }

        _findSegment.Reset();
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
}
