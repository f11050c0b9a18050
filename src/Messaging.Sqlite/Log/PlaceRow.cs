using Messaging.Sqlite.Files;

namespace Messaging.Sqlite.Log;

/// <summary>The row of a log's place in a closed segment.</summary>
/// <param name="Log">The log's number.</param>
/// <param name="Last">Its last record there.</param>
/// <param name="Segment">The segment, by its last batch.</param>
/// <param name="First">The first batch that holds records of the log.</param>
internal readonly record struct PlaceRow(long Log, long Last, long Segment, long First)
{
    /// <summary>The columns, in the order in which they are read.</summary>
    public const string Columns = "last_sequence, segment, first_batch, checksum";

    public uint Checksum => Sqlite.Log.Checksum.OfRow(Sqlite.Log.Checksum.OfRow(Log, First, 0, []), Last, Segment, []);

    /// <summary>Reads the row of a log; false when it is damaged.</summary>
    public static bool TryRead(Statement row, long log, out PlaceRow place)
    {
        place = new PlaceRow(log, row.Int64(0), row.Int64(1), row.Int64(2));
        return row.Int64(3) == place.Checksum;
    }
}
