using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Storage;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Segments;

/// <summary>The rows of the logs' places in closed segments, as the writer sees them.</summary>
internal sealed class PlaceTable
{
    private readonly DamageReport _damage;
    private readonly Statement _insert;
    private readonly Statement _find;
    private readonly Statement _newest;
    private readonly Statement _delete;

    /// <param name="database">The connection.</param>
    /// <param name="damage">Is told of damaged rows.</param>
    public PlaceTable(Database database, DamageReport damage)
    {
        _damage = damage;
        _insert = database.Prepare(
            "INSERT OR REPLACE INTO place (log, last_sequence, segment, first_batch, first_sequence, records, bytes, checksum) "
            + "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        _find = database.Prepare(PlaceRow.Find);
        _newest = database.Prepare($"SELECT {PlaceRow.Columns} FROM place WHERE log = ?1 ORDER BY last_sequence DESC LIMIT 1");
        _delete = database.Prepare("DELETE FROM place WHERE log = ?1 AND last_sequence = ?2");
    }

    /// <summary>Gets the number of a log's last record in closed segments; 0 when it has none there.</summary>
    public long LastOf(long log)
    {
        try
        {
            if (!_newest.Bind(1, log).Step())
            {
                return 0;
            }

            if (PlaceRow.TryRead(_newest, log, out PlaceRow row))
            {
                return row.Place.Last;
            }
        }
        finally
        {
            _newest.Reset();
        }

        _damage.Meet(new StoreDamage($"The row of the newest place of log {log} is damaged: its records are found by scanning the whole file, which is slow."));
        return 0;
    }

    /// <summary>Writes a log's place, replacing the one that ends with the same number.</summary>
    public void Write(long log, Place place, long firstBatch) =>
        _insert.Bind(1, log).Bind(2, place.Last).Bind(3, place.Segment).Bind(4, firstBatch).Bind(5, place.First)
            .Bind(6, place.Records).Bind(7, place.Bytes).Bind(8, new PlaceRow(log, place, firstBatch).Checksum).Run();

    /// <summary>Finds the first place of a log that ends at or after a number.</summary>
    /// <remarks>A damaged place is left alone, and those behind it: their space is not used again, but nothing of others is given away.</remarks>
    public bool TryFind(long log, long sequence, out Place place)
    {
        place = default;
        try
        {
            if (_find.Bind(1, log).Bind(2, sequence).Step() && PlaceRow.TryRead(_find, log, out PlaceRow row))
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
            _find.Reset();
        }

        return false;
    }

    public void Delete(long log, Place place) => _delete.Bind(1, log).Bind(2, place.Last).Run();
}
