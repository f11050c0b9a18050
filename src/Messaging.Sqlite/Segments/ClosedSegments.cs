using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Log;

namespace Messaging.Sqlite.Segments;

/// <summary>The closed segments and the logs' places in them. A segment goes when its last place has gone.</summary>
internal sealed class ClosedSegments
{
    private const int BatchesASlice = 128;

    private readonly PlaceTable _places;
    private readonly SegmentTable _segments;
    private readonly BatchTable _batches;
    private readonly Queue<(long Id, long First)> _dead = new();

    /// <param name="database">The connection.</param>
    /// <param name="damage">Is told of damaged rows.</param>
    /// <param name="batches">The batches, which go with their segments.</param>
    /// <param name="garbageLeft">The dead bytes in sparse segments that are left alone.</param>
    public ClosedSegments(Database database, DamageReport damage, BatchTable batches, long garbageLeft)
    {
        _places = new PlaceTable(database, damage);
        _segments = new SegmentTable(database, damage);
        _batches = batches;
        Sparse = new SparseSegments(garbageLeft);
    }

    /// <summary>Gets a value indicating whether there are segments to delete.</summary>
    public bool HasDead => _dead.Count > 0;

    /// <summary>Gets the segments to compact.</summary>
    public SparseSegments Sparse { get; }

    /// <summary>Reads what is to be deleted or compacted anew, and returns the last batch of the last segment.</summary>
    public long Load()
    {
        _dead.Clear();
        foreach (SegmentRow segment in _segments.Read("WHERE live = 0").Where(segment => segment.Live == 0))
        {
            _dead.Enqueue((segment.Id, segment.First));
        }

        Sparse.Clear();
        foreach (SegmentRow segment in _segments.Read("WHERE live_bytes * 2 < bytes AND live > 0").Where(segment => segment.Live > 0))
        {
            Sparse.Judge(segment.Id, segment.Bytes, segment.LiveBytes);
        }

        return _segments.Read("ORDER BY id DESC").Select(segment => segment.Id).FirstOrDefault();
    }

    /// <summary>Recovers what is known of a log: its last record in closed segments, and whether it has any there.</summary>
    public void Recover(LogState log)
    {
        log.Last = _places.LastOf(log.Number);
        log.OldestPlace = log.Last == 0 ? LogState.None : LogState.Unknown;
    }

    /// <summary>Closes the open segment: from now on the file knows where its logs' records are.</summary>
    public void Close(OpenSegment open)
    {
        long lastBatch = open.NextBatch - 1;
        long liveBytes = 0;
        List<LogState> logs = open.Logs();
        foreach (LogState log in logs)
        {
            (long records, long bytes) = log.OpenRuns.CountLive();
            liveBytes += bytes;
            _places.Write(log.Number, new Place(log.OpenRuns[0].First, log.Last, lastBatch, records, bytes), log.OpenRuns[0].Batch.Id);
            if (log.OldestPlace == LogState.None)
            {
                log.OldestPlace = log.Last;
            }
        }

        Write(new SegmentRow(lastBatch, open.First, logs.Count, open.Bytes, liveBytes));
        open.Clear();
    }

    /// <summary>Finds the first place of a log that ends at or after a number.</summary>
    public bool TryFind(long log, long sequence, out Place place) => _places.TryFind(log, sequence, out place);

    /// <summary>Finds a segment; false when there is none, or its row is damaged.</summary>
    public bool TryFind(long id, out SegmentRow segment) => _segments.TryFind(id, out segment);

    /// <summary>Drops the places of a log that are wholly below its trim; false when there are more of them than was allowed.</summary>
    /// <param name="log">The log.</param>
    /// <param name="most">The most places to drop.</param>
    public bool Pass(LogState log, int most)
    {
        for (int i = 0; log.OldestPlace < log.Live.Trim; i++)
        {
            if (i == most)
            {
                return false;
            }

            bool found = _places.TryFind(log.Number, long.MinValue, out Place oldest);
            log.OldestPlace = found ? oldest.Last : LogState.None;
            if (log.OldestPlace >= log.Live.Trim)
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
        if (!_segments.TryFind(place.Segment, out SegmentRow segment))
        {
            return;
        }

        segment = segment with { Live = segment.Live - 1, LiveBytes = segment.LiveBytes - place.Bytes };
        if (segment.Live != 0)
        {
            Write(segment);
            return;
        }

        _segments.Write(segment);
        Sparse.Remove(segment.Id);
        _dead.Enqueue((segment.Id, segment.First));
    }

    /// <summary>Notes how much of a place is dead.</summary>
    public void NoteDead(long log, Place place, long bytes)
    {
        Sparse.NoteDead(place.Segment, log, bytes);
        if (_segments.TryFind(place.Segment, out SegmentRow segment))
        {
            Sparse.Judge(segment.Id, segment.Bytes, segment.LiveBytes);
        }
    }

    /// <summary>Deletes a part of the oldest dead segment.</summary>
    public void DeleteSlice()
    {
        (long id, long first) = _dead.Peek();
        if (!_batches.DeleteSome(first, id, BatchesASlice))
        {
            _segments.Delete(id);
            _dead.Dequeue();
        }
    }

    /// <summary>Takes a log's place from a segment that is being rewritten, for another one or for none.</summary>
    /// <param name="number">The number of the log.</param>
    /// <param name="log">The log; <see langword="null"/> when it was removed.</param>
    /// <param name="old">The place.</param>
    /// <param name="now">The place and its first batch; <see langword="null"/> when nothing of the log has survived.</param>
    public void Replace(long number, LogState? log, Place old, (Place Place, long Batch)? now)
    {
        DeletePlace(number, old);
        if (now is { } written)
        {
            _places.Write(number, written.Place, written.Batch);
        }
        else if (log is not null)
        {
            log.OldestPlace = LogState.Unknown;
        }
    }

    /// <summary>Writes the row of a segment that was rewritten, or deletes that of one that has neither places nor batches any more.</summary>
    public void Replace(SegmentRow segment)
    {
        if (segment.Live > 0)
        {
            Write(segment);
        }
        else
        {
            _segments.Delete(segment.Id);
        }
    }

    private void Write(SegmentRow segment)
    {
        _segments.Write(segment);
        Sparse.Judge(segment.Id, segment.Bytes, segment.LiveBytes);
    }

    private void DeletePlace(long log, Place place)
    {
        _places.Delete(log, place);
        Sparse.NoteDead(place.Segment, log, 0);
    }
}
