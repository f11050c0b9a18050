using System.Buffers.Binary;
using Messaging.Sqlite.Format;
using Messaging.Sqlite.Tables;

namespace Messaging.Sqlite.Files;

/// <summary>Whose a write-ahead log is, found in its commits before SQLite reads it.</summary>
/// <remarks>The first commit in each log of a store writes the store's row with the number after the file's; so does the last commit before
/// pages are copied into the file. So a log either was begun after what the file says, or holds the very row that the file says,
/// since that was copied out of it. A log that holds less was put there, or is damaged before what the file has already.</remarks>
/// <param name="file">The row in the file; <see langword="null"/> when it is damaged there, and the log's is all there is.</param>
internal sealed class LogOrigin(MetaRow? file)
{
    private MetaRow? _first;
    private MetaRow? _written;
    private MetaRow? _last;
    private bool _hasCommit;
    private bool _holdsFile;
    private bool _isForeign;

    /// <summary>Gets a value indicating whether SQLite would read something out of it that is not the store's.</summary>
    public bool IsForeign => _isForeign || (_hasCommit && !IsJudgedOurs);

    /// <summary>Gets a value indicating whether an opening was committed to the log, and it was not emptied since.</summary>
    public bool HoldsOpening { get; private set; }

    // Files of earlier versions have no numbers yet, and logs that do not say whose they are.
    private bool IsJudgedOurs => file is { Number: 0 }
        || (_first is { } first && (file is not { } known || (first.StoreId == known.StoreId && (first.Number == known.Number + 1 || _holdsFile))));

    /// <exception cref="StoreFormatException">It is foreign.</exception>
    public void Verify(string path)
    {
        if (!IsForeign)
        {
            return;
        }

        string log = $"'{path}-wal'";
        bool isClosed = file is { Stage: not StoreStage.Open };
        string problem = _first is { } first && first.StoreId == file?.StoreId
            ? $"{log} is a write-ahead log of this store, but of another time, or it is damaged before what the file has of it already."
            : isClosed ? $"it was closed and needs no write-ahead log, and {log} belongs to something else."
            : $"{log} is not its write-ahead log: it belongs to something else.";
        throw new StoreFormatException(path, isClosed
            ? $"{problem} Move that file away."
            : $"{problem} Put its own log there, or move that file away and open the store with {nameof(SqliteStoreOptions)}."
                + $"{nameof(SqliteStoreOptions.SkipDamaged)} = true, without what was committed last.");
    }

    /// <summary>Takes the log's header.</summary>
    /// <param name="header">Its bytes, with zeros for those that are not there.</param>
    /// <param name="hasMagic">Whether it begins like a log's.</param>
    /// <param name="isSealed">Whether its checksum is right.</param>
    public void AddHeader(ReadOnlySpan<byte> header, bool hasMagic, bool isSealed)
    {
        // Damage changes one of the two; a sealed header of another size is another database's, and SQLite would go by it.
        bool isOurSize = BinaryPrimitives.ReadUInt32BigEndian(header[8..]) == FilePage.Size;
        _isForeign = !isOurSize && (isSealed || (!hasMagic && header.IndexOfAnyExcept((byte)0) >= 0));
    }

    /// <summary>Takes the next frame that SQLite would read.</summary>
    public void AddFrame(ReadOnlySpan<byte> frame)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(frame) == MetaTable.Page)
        {
            _written = MetaRow.TryRead(frame[LeftLog.FrameHeaderLength..], out MetaRow row) ? row : default(MetaRow);
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(frame[4..]) != 0)
        {
            EndCommit();
        }
    }

    private void EndCommit()
    {
        _hasCommit = true;
        if (_written is { } row)
        {
            _first ??= row;
            _holdsFile |= row == file;
            HoldsOpening |= row.Epoch > (_last ?? file)?.Epoch;
            _last = row;
            _isForeign |= row == default;
            _written = null;
        }
    }
}
