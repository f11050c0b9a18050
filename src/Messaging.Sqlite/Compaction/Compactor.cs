using System.Runtime.InteropServices;
using Messaging.Sqlite.Batches;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Log;
using Messaging.Sqlite.Segments;
using Messaging.Storage;

namespace Messaging.Sqlite.Compaction;

/// <summary>The rewriting of closed segments that are mostly dead: their few survivors move into fewer batches at the same place of the log.</summary>
/// <remarks>
/// The survivors take the first ids of their own segment, so that the order of batches stays that of sequence numbers,
/// and no other segment is touched. Packed anew in the same order, no record gets a later batch than it had, so the ids suffice.
/// </remarks>
internal sealed class Compactor
{
    private readonly LogTable _logs;
    private readonly ClosedSegments _closed;
    private readonly BatchTable _batches;
    private readonly BatchEncoder _encoder;
    private readonly SegmentReader _reader;
    private readonly ReadHints _hints;

    // Segments that hold damage. They are left where they are; reading them reports it.
    private readonly HashSet<long> _damaged = [];

    /// <param name="logs">The logs.</param>
    /// <param name="closed">The closed segments.</param>
    /// <param name="batches">The rows of the batches.</param>
    /// <param name="encoder">The encoder of all batches: the logs remember where they are in its batch.</param>
    /// <param name="reader">Reads the segments.</param>
    /// <param name="hints">Is told when records move.</param>
    public Compactor(LogTable logs, ClosedSegments closed, BatchTable batches, BatchEncoder encoder, SegmentReader reader, ReadHints hints)
    {
        _logs = logs;
        _closed = closed;
        _batches = batches;
        _encoder = encoder;
        _reader = reader;
        _hints = hints;
    }

    public bool HasWork => _closed.Sparse.IsTooMuch;

    /// <summary>Rewrites the oldest segment that is mostly dead, in the caller's transaction.</summary>
    public void Step()
    {
        long segment = _closed.Sparse.Oldest;
        bool isFound = _closed.TryFind(segment, out SegmentRow row) && row.Live != 0;
        _closed.Sparse.Remove(segment);
        if (!isFound || _damaged.Contains(segment))
        {
            return;
        }

        Dictionary<long, Place> places;
        List<StoreAppend> survivors;
        try
        {
            places = FindPlaces(row);
            survivors = places.Count == row.Live
                ? _reader.Survivors(row.First, segment, [.. places.Keys])
                : throw new InvalidDataException($"Segment {segment} has {row.Live} places, of which {places.Count} are found.");
        }
        catch (Exception e) when (DamageReport.IsDamage(e))
        {
            _damaged.Add(segment);
            return;
        }

        _hints.BeginMove();
        _batches.Delete(row.First, segment);
        Rewrite(row, places, survivors);
    }

    // The places of the logs whose records are in the segment's batches.
    private Dictionary<long, Place> FindPlaces(SegmentRow segment)
    {
        var places = new Dictionary<long, Place>();
        foreach ((long log, long last) in _reader.LastRecords(segment.First, segment.Id))
        {
            if (_closed.TryFind(log, last, out Place place) && place.Segment == segment.Id)
            {
                places.Add(log, place);
            }
        }

        return places;
    }

    private void Rewrite(SegmentRow segment, Dictionary<long, Place> places, List<StoreAppend> survivors)
    {
        var written = new Dictionary<long, (Place Place, long Batch)>();
        ReadOnlySpan<StoreAppend> rest = CollectionsMarshal.AsSpan(survivors);
        long bytes = 0;
        for (long batch = segment.First; !rest.IsEmpty; batch++)
        {
            rest = rest[_encoder.Encode(batch, rest, _logs, again: true)..];
            _batches.Insert(batch, _encoder.Directory, _encoder.Body);
            bytes += _encoder.Body.Length;
            foreach (BatchRun run in _encoder.Runs)
            {
                (Place place, long at) = written.GetValueOrDefault(run.Log, (places[run.Log] with { First = run.First, Records = 0, Bytes = 0 }, batch));
                written[run.Log] = (place with { Records = place.Records + run.Count, Bytes = place.Bytes + run.Bytes }, at);
            }
        }

        foreach ((long number, Place old) in places)
        {
            _logs.TryGetNumber(number, out LogState? log);
            _closed.Replace(number, log, old, written.TryGetValue(number, out (Place Place, long Batch) now) ? now : null);
        }

        _closed.Replace(new SegmentRow(segment.Id, segment.First, written.Count, bytes, bytes));
    }
}
