using Messaging.Sqlite.Files;

namespace Messaging.Sqlite.Log;

/// <summary>The closed segments and the logs' places in them. A segment goes when its last place has gone.</summary>
internal sealed class SegmentTable
{
    private const int BatchesASlice = 128;

    private readonly Database _database;
    private readonly Statement _insertSegment;
    private readonly Statement _insertPlace;
    private readonly Statement _oldestPlace;
    private readonly Statement _deletePlace;
    private readonly Statement _release;
    private readonly Statement _deleteBatches;
    private readonly Statement _changes;
    private readonly Statement _deleteSegment;
    private readonly Queue<(long Id, long First)> _dead = new();

    public SegmentTable(Database database)
    {
        _database = database;
        _insertSegment = database.Prepare("INSERT INTO segment (id, first_batch, live) VALUES (?1, ?2, ?3)");
        _insertPlace = database.Prepare("INSERT INTO place (log, last_sequence, segment, first_batch) VALUES (?1, ?2, ?3, ?4)");
        _oldestPlace = database.Prepare("SELECT last_sequence, segment FROM place WHERE log = ?1 ORDER BY last_sequence LIMIT 1");
        _deletePlace = database.Prepare("DELETE FROM place WHERE log = ?1 AND last_sequence = ?2");
        _release = database.Prepare("UPDATE segment SET live = live - 1 WHERE id = ?1 RETURNING live, first_batch");
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
        using (var rows = new Statement(_database.Handle, "SELECT id, first_batch FROM segment WHERE live = 0"))
        {
            while (rows.Step())
            {
                _dead.Enqueue((rows.Int64(0), rows.Int64(1)));
            }
        }

        return _database.Scalar("SELECT max(id) FROM segment");
    }

    /// <summary>Closes the open segment: from now on the file knows where its logs' records are.</summary>
    public void Close(OpenSegment open, long lastBatch)
    {
        _insertSegment.Bind(1, lastBatch).Bind(2, open.First).Bind(3, open.Logs.Count).Run();
        foreach (LogState log in open.Logs)
        {
            _insertPlace.Bind(1, log.Number).Bind(2, log.Last).Bind(3, lastBatch).Bind(4, log.OpenRuns.Peek().Batch.Id).Run();
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

    private long FindOldest(LogState log)
    {
        long segment = 0;
        log.OldestPlace = LogState.None;
        if (_oldestPlace.Bind(1, log.Number).Step())
        {
            log.OldestPlace = _oldestPlace.Int64(0);
            segment = _oldestPlace.Int64(1);
        }

        _oldestPlace.Reset();
        return segment;
    }

    private void Release(long segment)
    {
        bool found = _release.Bind(1, segment).Step();
        if (found && _release.Int64(0) == 0)
        {
            _dead.Enqueue((segment, _release.Int64(1)));
        }

        _release.Reset();
    }
}
