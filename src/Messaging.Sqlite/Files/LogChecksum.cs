using System.Buffers.Binary;

namespace Messaging.Sqlite.Files;

/// <summary>The running checksum of a write-ahead log: that of each frame goes on from the one before it.</summary>
/// <param name="isBigEndian">How the log's words are read, as its header says.</param>
internal struct LogChecksum(bool isBigEndian)
{
    private uint _first;
    private uint _second;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            _first += Word(bytes) + _second;
            _second += Word(bytes[4..]) + _first;
        }
    }

    /// <summary>Goes on from a stored checksum.</summary>
    public void GoOnFrom(ReadOnlySpan<byte> stored)
    {
        _first = BinaryPrimitives.ReadUInt32BigEndian(stored);
        _second = BinaryPrimitives.ReadUInt32BigEndian(stored[4..]);
    }

    public readonly bool Matches(ReadOnlySpan<byte> stored) =>
        BinaryPrimitives.ReadUInt32BigEndian(stored) == _first && BinaryPrimitives.ReadUInt32BigEndian(stored[4..]) == _second;

    private readonly uint Word(ReadOnlySpan<byte> bytes) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
