using Messaging.Sqlite.Connections;
using Messaging.Sqlite.Format;
using Messaging.Storage;

namespace Messaging.Sqlite.Tables;

/// <summary>The row of a scheduled record: its head, and the payload, which is bound to it.</summary>
internal static class ScheduledRow
{
    /// <summary>The columns of the head, in the order in which it is read.</summary>
    public const string Head = "id, log, due, checksum";

    /// <summary>The columns of the head and the payload.</summary>
    public const string Whole = Head + ", payload_checksum, payload";

    public static uint ChecksumOf(ReadOnlySpan<byte> id, int log, long due) => Checksum.OfRow(log, due, 0, id);

    public static uint ChecksumOf(uint head, ReadOnlySpan<byte> payload) => Checksum.Of(payload, head);

    /// <summary>Reads the head of a row; false when it is damaged.</summary>
    public static bool TryReadHead(Statement row, out ScheduledRecord record)
    {
        ReadOnlySpan<byte> id = row.Blob(0);
        long log = row.Int64(1);
        bool isWhole = id.Length == IdBytes.Length && log == (int)log && row.Int64(3) == ChecksumOf(id, (int)log, row.Int64(2));
        record = isWhole ? new ScheduledRecord(IdBytes.Read(id), (int)log, row.Int64(2), default) : default;
        return isWhole;
    }

    /// <summary>Reads a row; false when it is damaged.</summary>
    public static bool TryRead(Statement row, out ScheduledRecord record)
    {
        if (!TryReadHead(row, out record) || row.Int64(4) != ChecksumOf((uint)row.Int64(3), row.Blob(5)))
        {
            return false;
        }

        record = record with { Payload = row.Blob(5).ToArray() };
        return true;
    }
}
