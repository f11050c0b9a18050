using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Diagnostics;
using Messaging.Storage;
using Microsoft.Data.Sqlite;

namespace Messaging.Sqlite.Segments;

/// <summary>The rows of the closed segments.</summary>
internal sealed class SegmentTable
{
    private readonly Database _database;
    private readonly DamageReport _damage;
    private readonly Statement _insert;
    private readonly Statement _find;
    private readonly Statement _delete;

    /// <param name="database">The connection.</param>
    /// <param name="damage">Is told of damaged rows.</param>
    public SegmentTable(Database database, DamageReport damage)
    {
        _database = database;
        _damage = damage;
        _insert = database.Prepare(
            "INSERT OR REPLACE INTO segment (id, first_batch, live, bytes, live_bytes, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _find = database.Prepare($"SELECT {SegmentRow.Columns} FROM segment WHERE id = ?1");
        _delete = database.Prepare("DELETE FROM segment WHERE id = ?1");
    }

    /// <summary>Reads the rows that are whole.</summary>
    /// <param name="which">The condition or the order.</param>
    public IEnumerable<SegmentRow> Read(string which)
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

    /// <summary>Finds a segment; false when there is none, or its row is damaged.</summary>
    public bool TryFind(long id, out SegmentRow segment)
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

    public void Write(SegmentRow row) =>
        _insert.Bind(1, row.Id).Bind(2, row.First).Bind(3, row.Live).Bind(4, row.Bytes).Bind(5, row.LiveBytes).Bind(6, row.Checksum).Run();

    public void Delete(long id) => _delete.Bind(1, id).Run();
}
