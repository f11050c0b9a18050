using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Sqlite.Segments;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Reading;

/// <summary>Finds where a log's records lie, by the log's places in closed segments.</summary>
internal sealed class StretchFinder
{
    private readonly Statement _findLog;
    private readonly Statement _findPlace;
    private readonly Statement _lastSegment;

    public StretchFinder(Database database)
    {
        _findLog = database.Prepare("SELECT number FROM log WHERE id = ?1");
        _findPlace = database.Prepare(PlaceRow.Find);
        _lastSegment = database.Prepare($"SELECT {SegmentRow.Columns} FROM segment ORDER BY id DESC LIMIT 1");
    }

    /// <summary>Finds the number that a log has in the file.</summary>
    public bool TryFindLog(int id, out long number)
    {
        bool found = _findLog.Bind(1, id).Step();
        number = found ? _findLog.Int64(0) : 0;
        _findLog.Reset();
        return found;
    }

    /// <summary>Finds the batches that hold a record or the ones behind it; all batches if the places are damaged.</summary>
    public Stretch Find(long log, long sequence)
    {
        bool isWhole;
        SegmentRow segment = default;
        try
        {
            if (_findPlace.Bind(1, log).Bind(2, sequence).Step())
            {
                // In a damaged order of the places one can be found that was not looked for.
                isWhole = PlaceRow.TryRead(_findPlace, log, out PlaceRow row) && row.Place.Last >= sequence;
                return isWhole ? new Stretch(row.FirstBatch, row.Place.Segment, row.Place.Last) : Stretch.Behind(0);
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

        return Stretch.Behind(isWhole ? segment.Id + 1 : 0);
    }
}
