using System.Runtime.InteropServices;
using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Storage;

namespace Messaging.Sqlite.Log;

/// <summary>The rewriting of closed segments that are mostly dead: their few survivors move into fewer batches at the same place of the log.</summary>
/// <remarks>
/// The survivors take the first ids of their own segment, so that the order of batches stays that of sequence numbers,
/// and no other segment is touched. Packed anew in the same order, no record gets a later batch than it had, so the ids suffice.
/// </remarks>
internal sealed class Compactor
{
    private const int PlacesASlice = 64;

    private readonly LogTable _logs;
    private readonly SegmentTable _segments;
    private readonly ReadHints _hints;
    private readonly BatchEncoder _encoder;
    private readonly Statement _directories;
    private readonly Statement _body;
    private readonly Statement _insert;
    private readonly Statement _delete;

    // Parts of logs in which something has died.
    private readonly Dictionary<LogState, (long First, long Last)> _looks = [];

    // Segments that hold damage. They are left where they are; reading them reports it.
    private readonly HashSet<long> _damaged = [];

    /// <param name="database">The connection.</param>
    /// <param name="logs">The logs.</param>
    /// <param name="segments">The segments.</param>
    /// <param name="encoder">The encoder of all batches: the logs remember where they are in its batch.</param>
    /// <param name="hints">Is told when records move.</param>
    public Compactor(Database database, LogTable logs, SegmentTable segments, BatchEncoder encoder, ReadHints hints)
    {
        _encoder = encoder;
        _logs = logs;
        _segments = segments;
        _hints = hints;
        _directories = database.Prepare("SELECT id, directory FROM batch WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
        _body = database.Prepare("SELECT body FROM batch WHERE id = ?1");
        _insert = database.Prepare("INSERT INTO batch (id, directory, body) VALUES (?1, ?2, ?3)");
        _delete = database.Prepare("DELETE FROM batch WHERE id BETWEEN ?1 AND ?2");
    }

    public bool HasWork => _looks.Count > 0 || _segments.Sparse.IsTooMuch;

    /// <summary>Forgets what there is to look at, when everything is read anew.</summary>
    public void Clear() => _looks.Clear();

    /// <summary>Has a part of a log looked at, in which something has died.</summary>
    public void Look(LogState log, long first, long last)
    {
        if (_looks.TryGetValue(log, out (long First, long Last) part))
        {
            first = Math.Min(first, part.First);
            last = Math.Max(last, part.Last);
        }

        _looks[log] = (first, last);
    }

    /// <summary>Does a bounded part of the work, in the caller's transaction.</summary>
    public void Step()
    {
        if (_looks.Count > 0)
        {
            LookSlice();
        }
        else if (_segments.Sparse.IsTooMuch)
        {
            Compact(_segments.Sparse.Oldest);
        }
    }

    // Counts what has died in the places of a part of a log.
    private void LookSlice()
    {
        (LogState log, (long from, long last)) = _looks.First();
        _looks.Remove(log);
        for (int i = 0; from <= last && _segments.TryFind(log.Number, from, out Place place) && place.First <= last; i++)
        {
            if (i == PlacesASlice)
            {
                _looks[log] = (from, last);
                return;
            }

            Count(log, place);
            from = place.Last + 1;
        }
    }

    private void Count(LogState log, Place place)
    {
        long first = Math.Max(place.First, log.Trim);
        long live = place.Last - first + 1 - log.Dead.Count(first, place.Last);
        if (live <= 0)
        {
            _segments.Drop(log, place);
            return;
        }

        // As if all its records were of one size.
        _segments.NoteDead(log.Number, place, live >= place.Records ? 0 : place.Bytes - (place.Bytes * live / place.Records));
        if (place.First < log.Trim)
        {
            log.NextLook = log.Trim + ((place.Last - log.Trim) / 2) + 1;
        }
    }

    private void Compact(long segment)
    {
        (long first, long live) = _segments.Find(segment);
        _segments.Sparse.Remove(segment);
        if (live == 0 || _damaged.Contains(segment))
        {
            return;
        }

        Dictionary<long, Place> places;
        List<StoreAppend> survivors;
        try
        {
            places = FindPlaces(segment, first);
            survivors = places.Count == live
                ? ReadSurvivors(segment, first, places)
                : throw new InvalidDataException($"Segment {segment} has {live} places, of which {places.Count} are found.");
        }
        catch (Exception e) when (DamageReport.IsDamage(e))
        {
            _damaged.Add(segment);
            return;
        }

        _hints.BeginMove();
        _delete.Bind(1, first).Bind(2, segment).Run();
        Rewrite(segment, first, places, survivors);
    }

    // The places of the logs whose records are in the segment's batches.
    private Dictionary<long, Place> FindPlaces(long segment, long first)
    {
        var lasts = new Dictionary<long, long>();
        _directories.Bind(1, first).Bind(2, segment);
        try
        {
            while (_directories.Step())
            {
                var directory = new BatchDirectory(_directories.Int64(0), _directories.Blob(1));
                while (directory.MoveNext())
                {
                    lasts[directory.Current.Log] = directory.Current.Last;
                }
            }
        }
        finally
        {
            _directories.Reset();
        }

        var places = new Dictionary<long, Place>();
        foreach ((long log, long last) in lasts)
        {
            if (_segments.TryFind(log, last, out Place place) && place.Segment == segment)
            {
                places.Add(log, place);
            }
        }

        return places;
    }

    private List<StoreAppend> ReadSurvivors(long segment, long first, Dictionary<long, Place> places)
    {
        var survivors = new List<StoreAppend>();
        _directories.Bind(1, first).Bind(2, segment);
        try
        {
            while (_directories.Step())
            {
                var directory = new BatchDirectory(_directories.Int64(0), _directories.Blob(1));
                bool loaded = false;
                while (directory.MoveNext())
                {
                    BatchRun run = directory.Current;
                    if (places.ContainsKey(run.Log) && _logs.TryGetNumber(run.Log, out LogState? log) && log.IsLive(run))
                    {
                        if (!loaded)
                        {
                            _body.Bind(1, _directories.Int64(0)).Step();
                            directory.Verify(_body.Blob(0));
                            loaded = true;
                        }

                        log.TakeLive(run, run.In(_body.Blob(0)), survivors);
                    }
                }

                _body.Reset();
            }
        }
        finally
        {
            _body.Reset();
            _directories.Reset();
        }

        return survivors;
    }

    private void Rewrite(long segment, long first, Dictionary<long, Place> places, List<StoreAppend> survivors)
    {
        var written = new Dictionary<long, (Place Place, long Batch)>();
        ReadOnlySpan<StoreAppend> rest = CollectionsMarshal.AsSpan(survivors);
        long bytes = 0;
        for (long batch = first; !rest.IsEmpty; batch++)
        {
            rest = rest[_encoder.Encode(batch, rest, _logs, again: true)..];
            _insert.Bind(1, batch).Bind(2, _encoder.Directory).Bind(3, _encoder.Body).Run();
            bytes += _encoder.Body.Length;
            foreach (BatchRun run in _encoder.Runs)
            {
                (Place place, long at) = written.GetValueOrDefault(run.Log, (places[run.Log] with { First = run.First, Records = 0, Bytes = 0 }, batch));
                written[run.Log] = (place with { Records = place.Records + run.Count, Bytes = place.Bytes + run.Bytes }, at);
            }
        }

        foreach ((long log, Place old) in places)
        {
            _segments.DeletePlace(log, old);
            if (written.TryGetValue(log, out (Place Place, long Batch) now))
            {
                _segments.Write(log, now.Place, now.Batch);
            }
            else if (_logs.TryGetNumber(log, out LogState? state))
            {
                state.OldestPlace = LogState.Unknown;
            }
        }

        if (written.Count > 0)
        {
            _segments.Write(segment, first, written.Count, bytes, bytes);
        }
        else
        {
            _segments.Delete(segment);
        }
    }
}
