using Messaging.Sqlite.Connections;

namespace Messaging.Sqlite.Segments;

/// <summary>The row of a log's place in a closed segment.</summary>
/// <param name="Log">The log's number.</param>
/// <param name="Place">The place.</param>
/// <param name="FirstBatch">The first batch that holds records of the log.</param>
internal readonly record struct PlaceRow(long Log, Place Place, long FirstBatch)
{
    /// <summary>The columns, in the order in which they are read.</summary>
    public const string Columns = "first_sequence, last_sequence, segment, records, bytes, first_batch, checksum";

    /// <summary>The statement that finds the first place of a log (1) that ends at or after a number (2).</summary>
    public const string Find = $"SELECT {Columns} FROM place WHERE log = ?1 AND last_sequence >= ?2 ORDER BY last_sequence LIMIT 1";

    public uint Checksum
    {
        get
        {
            uint where = Sqlite.Format.Checksum.OfRow(Log, Place.Segment, FirstBatch, []);
            uint which = Sqlite.Format.Checksum.OfRow(where, Place.First, Place.Last, []);
            return Sqlite.Format.Checksum.OfRow(which, Place.Records, Place.Bytes, []);
        }
    }

    /// <summary>Reads the row of a log; false when it is damaged.</summary>
    public static bool TryRead(Statement row, long log, out PlaceRow place)
    {
        place = new PlaceRow(log, new Place(row.Int64(0), row.Int64(1), row.Int64(2), row.Int64(3), row.Int64(4)), row.Int64(5));
        return row.Int64(6) == place.Checksum;
    }
}
