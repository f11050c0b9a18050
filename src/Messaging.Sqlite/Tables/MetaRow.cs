using System.Buffers.Binary;
using Messaging.Sqlite.Format;

namespace Messaging.Sqlite.Tables;

/// <summary>The row about the store itself, also as it lies on its page, where it can be read before SQLite is let near a file.</summary>
/// <param name="StoreId">Who the store is.</param>
/// <param name="Epoch">How often it was opened.</param>
/// <param name="Stage">Where it stands in its life.</param>
/// <param name="Number">The row's number: a higher one is written by the first commit after pages of the write-ahead log were copied into the file,
/// by the last one before, and by those that are not synced and confirm nothing.</param>
internal readonly record struct MetaRow(uint StoreId, uint Epoch, StoreStage Stage, long Number)
{
    private const int StageBits = 2;
    private const int TableLeaf = 13;

    /// <summary>Gets the stage and the number as they are stored: in one column.</summary>
    public long State => (Number << StageBits) | (long)Stage;

    public uint Checksum => Sqlite.Format.Checksum.OfRow(StoreId, Epoch, State, []);

    public static bool TryMake(long storeId, long epoch, long state, long checksum, out MetaRow row)
    {
        row = new MetaRow((uint)storeId, (uint)epoch, (StoreStage)(state & ((1 << StageBits) - 1)), state >> StageBits);
        return checksum == row.Checksum && row.StoreId == storeId && row.Epoch == epoch;
    }

    /// <summary>Reads the row of a file; <see langword="null"/> when it is not there or damaged.</summary>
    public static MetaRow? In(string path)
    {
        byte[] page = new byte[FilePage.Size];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.Position = (MetaTable.Page - 1) * FilePage.Size;
        return file.ReadAtLeast(page, page.Length, throwOnEndOfStream: false) == page.Length && TryRead(page, out MetaRow row) ? row : null;
    }

    /// <summary>Reads the row from its page: the only cell on the leaf of a table.</summary>
    public static bool TryRead(ReadOnlySpan<byte> page, out MetaRow row)
    {
        row = default;
        if (page[0] != TableLeaf || BinaryPrimitives.ReadUInt16BigEndian(page[3..]) != 1)
        {
            return false;
        }

        ReadOnlySpan<byte> cell = page[Math.Min(BinaryPrimitives.ReadUInt16BigEndian(page[8..]), page.Length)..];

        // The cell: the payload's length, the row's number, the header with its own length and a type a column, the columns; each number is
        // short here. The first column is the row's number, and takes no byte.
        if (cell.Length < 8 || cell[0] > 0x7F || cell.Length < 2 + cell[0] || cell[1] != 1 || cell[2] != 6 || cell[3] != 0)
        {
            return false;
        }

        ReadOnlySpan<byte> types = cell.Slice(4, 4);
        ReadOnlySpan<byte> columns = cell[8..];
        Span<long> values = stackalloc long[4];
        for (int i = 0; i < types.Length; i++)
        {
            int length = types[i] switch { 8 or 9 => 0, >= 1 and <= 4 => types[i], 5 => 6, 6 => 8, _ => int.MaxValue };
            if (length > columns.Length)
            {
                return false;
            }

            values[i] = length == 0 ? types[i] - 8 : Integer(columns[..length]);
            columns = columns[length..];
        }

        return TryMake(values[0], values[1], values[2], values[3], out row);
    }

    private static long Integer(ReadOnlySpan<byte> bytes)
    {
        long value = (sbyte)bytes[0];
        foreach (byte next in bytes[1..])
        {
            value = (value << 8) | next;
        }

        return value;
    }
}
