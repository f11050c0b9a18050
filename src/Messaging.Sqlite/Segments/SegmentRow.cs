using Messaging.Sqlite.Connections;

namespace Messaging.Sqlite.Segments;

/// <summary>The row of a closed segment.</summary>
/// <param name="Id">Its last batch.</param>
/// <param name="First">Its first batch.</param>
/// <param name="Live">How many logs have a place in it.</param>
/// <param name="Bytes">What its batches take.</param>
/// <param name="LiveBytes">What the places take of that.</param>
internal readonly record struct SegmentRow(long Id, long First, long Live, long Bytes, long LiveBytes)
{
    /// <summary>The columns, in the order in which they are read.</summary>
    public const string Columns = "id, first_batch, live, bytes, live_bytes, checksum";

    public uint Checksum => Sqlite.Format.Checksum.OfRow(Sqlite.Format.Checksum.OfRow(Id, First, Live, []), Bytes, LiveBytes, []);

    /// <summary>Reads a row; false when it is damaged.</summary>
    public static bool TryRead(Statement row, out SegmentRow segment)
    {
        segment = new SegmentRow(row.Int64(0), row.Int64(1), row.Int64(2), row.Int64(3), row.Int64(4));
        return row.Int64(5) == segment.Checksum;
    }
}
