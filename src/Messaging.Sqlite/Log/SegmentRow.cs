using Messaging.Sqlite.Files;

namespace Messaging.Sqlite.Log;

/// <summary>The row of a closed segment.</summary>
/// <param name="Id">Its last batch.</param>
/// <param name="First">Its first batch.</param>
/// <param name="Live">How many logs have a place in it.</param>
internal readonly record struct SegmentRow(long Id, long First, long Live)
{
    /// <summary>The columns, in the order in which they are read.</summary>
    public const string Columns = "id, first_batch, live, checksum";

    public uint Checksum => Log.Checksum.OfRow(Id, First, Live, []);

    /// <summary>Reads a row; false when it is damaged.</summary>
    public static bool TryRead(Statement row, out SegmentRow segment)
    {
        segment = new SegmentRow(row.Int64(0), row.Int64(1), row.Int64(2));
        return row.Int64(3) == segment.Checksum;
    }
}
