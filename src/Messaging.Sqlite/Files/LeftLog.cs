using System.Buffers.Binary;
using Messaging.Sqlite.Format;
using Messaging.Sqlite.Tables;

namespace Messaging.Sqlite.Files;

/// <summary>A write-ahead log that a crash left, looked at before SQLite reads it up to its first damaged frame and drops the rest without a word.</summary>
/// <remarks>What a power cut tears is the newest commit that was synced, and what was not synced. A commit behind which there is a frame of the
/// same log was followed by another one, so it was finished, and if it was synced it was on the disk with all before it: it is lost by damage.
/// Commits that are not synced, and confirm nothing that a power cut must not take, are known by a page that others do not change; they do not
/// count, nor does a commit with a frame that may have held that page. The first commit has that page, too, but is synced always.</remarks>
internal sealed class LeftLog
{
    /// <summary>The length of what stands before each page in a log, in bytes.</summary>
    public const int FrameHeaderLength = 24;

    private const int HeaderLength = 32;
    private const int Sector = 512;
    private const uint Magic = 0x377F_0682;

    private readonly byte[] _frame;
    private readonly LogOrigin _origin;
    private readonly bool _isHeaderWhole;
    private ulong _salts;
    private LogChecksum _checksum;

    private LeftLog(ReadOnlySpan<byte> header, LogOrigin origin)
    {
        _origin = origin;
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        uint pageSize = BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
        _checksum = new LogChecksum((magic & ~1u) == Magic ? (magic & 1) != 0 : !BitConverter.IsLittleEndian);
        _salts = BinaryPrimitives.ReadUInt64BigEndian(header[16..]);
        _checksum.Add(header[..24]);
        bool isSealed = (magic & ~1u) == Magic && _checksum.Matches(header[24..]);
        _isHeaderWhole = isSealed && pageSize == FilePage.Size;
        _origin.AddHeader(header, (magic & ~1u) == Magic, isSealed);
        _frame = new byte[FrameHeaderLength + FilePage.Size];
    }

    /// <summary>Counts the finished commits that damage hides, but for those that a power cut may take.</summary>
    /// <param name="path">The log.</param>
    /// <param name="origin">Is told of what SQLite would read.</param>
    /// <param name="frame">The damaged frame, from 1; 0 for the log's beginning.</param>
    public static int CountLost(string path, LogOrigin origin, out long frame)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1 << 20);
        Span<byte> header = stackalloc byte[HeaderLength];
        frame = 0;
        file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false);
        return new LeftLog(header, origin).Count(file, out frame);
    }

    private int Count(FileStream file, out long damaged)
    {
        if (!_isHeaderWhole)
        {
            FindSalts(file);
        }

        int lost = 0;
        bool isWhole = _isHeaderWhole;
        bool isFinished = false;
        bool mayBeUnsynced = false;
        bool isFirst = true;
        damaged = 0;
        for (long frame = 1; file.ReadAtLeast(_frame, _frame.Length, throwOnEndOfStream: false) == _frame.Length; frame++)
        {
            ulong salts = BinaryPrimitives.ReadUInt64BigEndian(_frame.AsSpan(8));
            bool isLast = BinaryPrimitives.ReadUInt32BigEndian(_frame.AsSpan(4)) != 0;
            bool isWholeHere = isWhole && salts == _salts && Follows();
            if (isWholeHere)
            {
                _origin.AddFrame(_frame);
            }
            else if (isWhole)
            {
                isWhole = false;
                damaged = frame;

                // That opening has gone over a part of what a power cut left.
                mayBeUnsynced |= _origin.HoldsOpening;
            }

            if (salts != _salts)
            {
                mayBeUnsynced |= !isFirst;
                continue;
            }

            lost += isFinished ? 1 : 0;
            mayBeUnsynced |= !isFirst && IsMark(frame);
            isFinished = isLast && !mayBeUnsynced && !isWholeHere;
            mayBeUnsynced &= !isLast;
            isFirst &= !isLast;
        }

        return lost;
    }

    // The frames know which log they are of, too. The same damage may lie in the first one, so two are asked of which one goes on from the other.
    private void FindSalts(FileStream file)
    {
        ulong before = 0;
        for (long frame = 1; file.ReadAtLeast(_frame, _frame.Length, throwOnEndOfStream: false) == _frame.Length; frame++)
        {
            ulong salts = BinaryPrimitives.ReadUInt64BigEndian(_frame.AsSpan(8));
            if (frame == 1 || (salts == before && Follows()))
            {
                _salts = salts;
                if (frame > 1)
                {
                    break;
                }
            }

            before = salts;
            _checksum.GoOnFrom(_frame.AsSpan(16));
        }

        file.Position = HeaderLength;
    }

    // Of a header that lies in two sectors, a power cut may have left the number of an older page.
    private bool IsMark(long frame) =>
        BinaryPrimitives.ReadUInt32BigEndian(_frame) == MetaTable.Page
        || (HeaderLength + ((frame - 1) * _frame.Length)) % Sector > Sector - FrameHeaderLength;

    // Each frame's checksum goes on from the one before it.
    private bool Follows()
    {
        _checksum.Add(_frame.AsSpan(0, 8));
        _checksum.Add(_frame.AsSpan(FrameHeaderLength));
        return _checksum.Matches(_frame.AsSpan(16, 8));
    }
}
