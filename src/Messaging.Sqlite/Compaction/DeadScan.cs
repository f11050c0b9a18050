using Messaging.Sqlite.Log;
using Messaging.Sqlite.Segments;

namespace Messaging.Sqlite.Compaction;

/// <summary>The counting of what has died in the places of logs, some places at a time, by which sparse segments are found.</summary>
internal sealed class DeadScan(ClosedSegments closed)
{
    private const int PlacesASlice = 64;

    // The parts of logs in which something has died.
    private readonly Dictionary<LogState, (long First, long Last)> _parts = [];

    // The trims at which it is worth to count again how much of a log's oldest place is dead.
    private readonly Dictionary<LogState, long> _nextTrims = [];

    public bool HasWork => _parts.Count > 0;

    /// <summary>Forgets what there is to count, when everything is read anew.</summary>
    public void Clear()
    {
        _parts.Clear();
        _nextTrims.Clear();
    }

    /// <summary>Adds a part of a log, in which something has died.</summary>
    public void Add(LogState log, long first, long last)
    {
        if (_parts.TryGetValue(log, out (long First, long Last) part))
        {
            first = Math.Min(first, part.First);
            last = Math.Max(last, part.Last);
        }

        _parts[log] = (first, last);
    }

    /// <summary>Notes that a log was trimmed: its oldest place is counted again when enough of it may have died since.</summary>
    public void NoteTrim(LogState log)
    {
        if (log.OldestPlace != LogState.None && log.Live.Trim >= _nextTrims.GetValueOrDefault(log))
        {
            _nextTrims[log] = log.OldestPlace + 1;
            Add(log, log.Live.Trim, log.Live.Trim);
        }
    }

    /// <summary>Forgets a removed log's trims.</summary>
    public void Forget(LogState log) => _nextTrims.Remove(log);

    /// <summary>Counts some places of a part, in the caller's transaction.</summary>
    public void Step()
    {
        (LogState log, (long from, long last)) = _parts.First();
        _parts.Remove(log);
        for (int i = 0; from <= last && closed.TryFind(log.Number, from, out Place place) && place.First <= last; i++)
        {
            if (i == PlacesASlice)
            {
                _parts[log] = (from, last);
                return;
            }

            Count(log, place);
            from = place.Last + 1;
        }
    }

    private void Count(LogState log, Place place)
    {
        long live = log.Live.CountFrom(Math.Max(place.First, log.Live.Trim), place.Last);
        if (live <= 0)
        {
            closed.Drop(log, place);
            return;
        }

        // As if all its records were of one size.
        closed.NoteDead(log.Number, place, live >= place.Records ? 0 : place.Bytes - (place.Bytes * live / place.Records));
        if (place.First < log.Live.Trim)
        {
            _nextTrims[log] = log.Live.Trim + ((place.Last - log.Live.Trim) / 2) + 1;
        }
    }
}
