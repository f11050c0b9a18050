using System.Buffers.Binary;
using Messaging.Sqlite.Catalog;

namespace Messaging.Sqlite.Files;

/// <summary>A write-ahead log that a crash left, looked at before SQLite reads it up to its first damaged frame and drops the rest without a word.</summary>
/// <remarks>What a power cut tears is the newest commit, which was not synced. A commit behind which there is a frame of the same log
/// was followed by another one, so it was finished, and in a log that is synced with each commit it was on the disk: it is lost by damage.</remarks>
internal sealed class LeftLog
{
    private const int HeaderLength = 32;
    private const int FrameHeaderLength = 24;
    private const uint Magic = 0x377F_0682;

    private readonly bool _isBigEndian;
    private readonly byte[] _frame;
    private readonly LogOrigin _origin;
    private readonly bool _isHeaderWhole;
    private ulong _salts;
    private uint _first;
    private uint _second;

    private LeftLog(ReadOnlySpan<byte> header, LogOrigin origin)
    {
        _origin = origin;
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        uint pageSize = BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
        _isBigEndian = (magic & 1) != 0;
        _salts = BinaryPrimitives.ReadUInt64BigEndian(header[16..]);
        Add(header[..24]);
        bool isSealed = (magic & ~1u) == Magic && Matches(header[24..]);
        _isHeaderWhole = isSealed && pageSize == Checkpointer.PageSize;
        _origin.AddHeader(header, (magic & ~1u) == Magic, isSealed);
        _frame = new byte[FrameHeaderLength + Checkpointer.PageSize];
    }

    /// <summary>Counts the finished commits that damage hides.</summary>
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
        int lost = 0;
        bool isWhole = _isHeaderWhole;
        bool isFinished = false;
        damaged = 0;
        for (long frame = 1; file.ReadAtLeast(_frame, _frame.Length, throwOnEndOfStream: false) == _frame.Length; frame++)
        {
            ulong salts = BinaryPrimitives.ReadUInt64BigEndian(_frame.AsSpan(8));
            if (isWhole && salts == _salts && Follows())
            {
                _origin.AddFrame(_frame);
                continue;
            }

            if (isWhole)
            {
                isWhole = false;
                damaged = frame;
            }
            else if (!_isHeaderWhole && frame == 1)
            {
                // The frames know which log they are of, too.
                _salts = salts;
            }

            if (salts == _salts)
            {
                lost += isFinished ? 1 : 0;
                isFinished = BinaryPrimitives.ReadUInt32BigEndian(_frame.AsSpan(4)) != 0;
            }
        }

        return lost;
    }

    // Each frame's checksum goes on from the one before it.
    private bool Follows()
    {
        Add(_frame.AsSpan(0, 8));
        Add(_frame.AsSpan(FrameHeaderLength));
        return Matches(_frame.AsSpan(16, 8));
    }

    private bool Matches(ReadOnlySpan<byte> stored) =>
        BinaryPrimitives.ReadUInt32BigEndian(stored) == _first && BinaryPrimitives.ReadUInt32BigEndian(stored[4..]) == _second;

    private void Add(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            _first += (_isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes)) + _second;
            _second += (_isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..])) + _first;
        }
    }
}
