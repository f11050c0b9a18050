using Messaging.Sqlite.Files;
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
    private readonly Statement _oldestPlace;
    private readonly Statement _newestPlace;
    private readonly Statement _deletePlace;
    private readonly Statement _find;
    private readonly Statement _setLive;
    private readonly Statement _deleteBatches;
    private readonly Statement _changes;
    private readonly Statement _deleteSegment;
    private readonly Queue<(long Id, long First)> _dead = new();

    /// <param name="database">The connection.</param>
    /// <param name="damage">Is told of damaged rows.</param>
    public SegmentTable(Database database, DamageReport damage)
    {
        _database = database;
        _damage = damage;
        _insertSegment = database.Prepare("INSERT INTO segment (id, first_batch, live, checksum) VALUES (?1, ?2, ?3, ?4)");
        _insertPlace = database.Prepare(
            "INSERT OR REPLACE INTO place (log, last_sequence, segment, first_batch, checksum) VALUES (?1, ?2, ?3, ?4, ?5)");
        _oldestPlace = database.Prepare($"SELECT {PlaceRow.Columns} FROM place WHERE log = ?1 ORDER BY last_sequence LIMIT 1");
        _newestPlace = database.Prepare($"SELECT {PlaceRow.Columns} FROM place WHERE log = ?1 ORDER BY last_sequence DESC LIMIT 1");
        _deletePlace = database.Prepare("DELETE FROM place WHERE log = ?1 AND last_sequence = ?2");
        _find = database.Prepare($"SELECT {SegmentRow.Columns} FROM segment WHERE id = ?1");
        _setLive = database.Prepare("UPDATE segment SET live = ?2, checksum = ?3 WHERE id = ?1");
        _deleteBatches = database.Prepare(
            "DELETE FROM batch WHERE id IN (SELECT id FROM batch WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3)");
        _changes = database.Prepare("SELECT changes()");
        _deleteSegment = database.Prepare("DELETE FROM segment WHERE id = ?1");
    }

    /// <summary>Gets a value indicating whether there are segments to delete.</summary>
    public bool HasDead => _dead.Count > 0;

    /// <summary>Reads what is to be deleted anew, and returns the last batch of the last segment.</summary>
    public long Load()
    {
        _dead.Clear();
        long last = 0;
        using var rows = new Statement(_database.Handle, $"SELECT {SegmentRow.Columns} FROM segment ORDER BY id");
        while (rows.Step())
        {
            if (!SegmentRow.TryRead(rows, out SegmentRow segment))
            {
                _damage.Meet(new StoreDamage($"The row of segment {rows.Int64(0)} is damaged: its space is not used again."));
                continue;
            }

            last = segment.Id;
            if (segment.Live == 0)
            {
                _dead.Enqueue((segment.Id, segment.First));
            }
        }

        return last;
    }

    /// <summary>Gets a log's last record in closed segments; 0 when it has none there.</summary>
    public long LastOf(LogState log)
    {
        try
        {
            if (!_newestPlace.Bind(1, log.Number).Step())
            {
                return 0;
            }

            if (PlaceRow.TryRead(_newestPlace, log.Number, out PlaceRow place))
            {
                return place.Last;
            }
        }
        finally
        {
            _newestPlace.Reset();
        }

        _damage.Meet(new StoreDamage($"The row of the newest place of log {log.Number} is damaged: what it tells of is looked for everywhere."));
        return 0;
    }

    /// <summary>Closes the open segment: from now on the file knows where its logs' records are.</summary>
    public void Close(OpenSegment open, long lastBatch)
    {
        var segment = new SegmentRow(lastBatch, open.First, open.Logs.Count);
        _insertSegment.Bind(1, segment.Id).Bind(2, segment.First).Bind(3, segment.Live).Bind(4, segment.Checksum).Run();
        foreach (LogState log in open.Logs)
        {
            var place = new PlaceRow(log.Number, log.Last, lastBatch, log.OpenRuns.Peek().Batch.Id);
            _insertPlace.Bind(1, place.Log).Bind(2, place.Last).Bind(3, place.Segment).Bind(4, place.First).Bind(5, place.Checksum).Run();
            if (log.OldestPlace == LogState.None)
            {
                log.OldestPlace = log.Last;
            }
        }

        open.Clear();
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

            long segment = FindOldest(log);
            if (log.OldestPlace >= log.Trim)
            {
                break;
            }

            _deletePlace.Bind(1, log.Number).Bind(2, log.OldestPlace).Run();
            Release(segment);
            log.OldestPlace = LogState.Unknown;
        }

        return true;
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
            _deleteSegment.Bind(1, id).Run();
            _dead.Dequeue();
        }
    }

    // A damaged place is left alone, and with it those behind: their space is not used again, but nothing of others is given away.
    private long FindOldest(LogState log)
    {
        log.OldestPlace = LogState.None;
        try
        {
            if (_oldestPlace.Bind(1, log.Number).Step() && PlaceRow.TryRead(_oldestPlace, log.Number, out PlaceRow place))
            {
                log.OldestPlace = place.Last;
                return place.Segment;
            }
        }
        catch (SqliteException e) when (DamageReport.IsDamage(e))
        {
            // It is told where the log is read.
        }
        finally
        {
            _oldestPlace.Reset();
        }

        return 0;
    }

    private void Release(long id)
    {
        if (TryFind(id, out SegmentRow segment))
        {
            segment = segment with { Live = segment.Live - 1 };
            _setLive.Bind(1, id).Bind(2, segment.Live).Bind(3, segment.Checksum).Run();
            if (segment.Live == 0)
            {
                _dead.Enqueue((segment.Id, segment.First));
            }
        }
    }

    private bool TryFind(long id, out SegmentRow segment)
    {
        segment = default;
        try
        {
            return _find.Bind(1, id).Step() && SegmentRow.TryRead(_find, out segment);
        }
        catch (SqliteException e) when (DamageReport.IsDamage(e))
        {
            return false;
        }
        finally
        {
            _find.Reset();
        }
    }
}
