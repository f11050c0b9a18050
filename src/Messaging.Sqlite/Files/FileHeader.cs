using System.Buffers.Binary;
using Messaging.Sqlite.Format;
using Messaging.Sqlite.Paths;

namespace Messaging.Sqlite.Files;

/// <summary>The first hundred bytes of an SQLite file, looked at before SQLite is let near it, so that a foreign file stays as it is.</summary>
internal static class FileHeader
{
    /// <summary>The mark of our files, "MSG1".</summary>
    public const int ApplicationId = 0x4D534731;

    /// <summary>Its length in bytes.</summary>
    public const int Length = 100;

    private static ReadOnlySpan<byte> Magic => "SQLite format 3\0"u8;

    /// <summary>Throws <see cref="StoreFormatException"/> unless the file is one of ours, of a version that we know.</summary>
    /// <param name="path">The file.</param>
    /// <param name="newestVersion">The newest schema version that we know.</param>
    public static void Verify(string path, int newestVersion)
    {
        Span<byte> header = stackalloc byte[Length];
        long fileLength;
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0))
        {
            fileLength = file.Length;
            if (file.ReadAtLeast(header, Length, throwOnEndOfStream: false) < Length || !header.StartsWith(Magic))
            {
                throw new StoreFormatException(path, "it is not an SQLite file. Name the file of a store, or a path where nothing is yet.");
            }
        }

        if (!IsOurs(header))
        {
            throw new StoreFormatException(path, "it is an SQLite file, but not a message store. Name the file of a store, or a path where nothing is yet.");
        }

        int version = BinaryPrimitives.ReadInt32BigEndian(header[60..]);
        VerifyVersion(path, version, newestVersion);

        VerifyLayout(path, header);

        // While a log of newer pages is there, the file itself may lag behind what its header says.
        long length = BinaryPrimitives.ReadUInt32BigEndian(header[28..]) * FilePage.Size;
        if (fileLength < length && !File.Exists(path + Neighbours.Log))
        {
            throw new StoreFormatException(path, $"it is damaged: {fileLength} bytes long instead of {length}.");
        }
    }

    /// <summary>Tells whether the first hundred bytes are those of a file of ours.</summary>
    public static bool IsOurs(ReadOnlySpan<byte> header) =>
        header.Length == Length && header.StartsWith(Magic) && BinaryPrimitives.ReadInt32BigEndian(header[68..]) == ApplicationId;

    public static void VerifyVersion(string path, long version, int newestVersion)
    {
        if (version < 1)
        {
            throw new StoreFormatException(path, $"it has version {version}, and the first one is 1.");
        }

        if (version > newestVersion)
        {
            throw new StoreFormatException(
                path, $"it has version {version}, and this program knows versions up to {newestVersion}: open it with a newer program.");
        }
    }

    // All this is chosen when a file is created, and never changes.
    private static void VerifyLayout(string path, ReadOnlySpan<byte> header)
    {
        int pageSize = BinaryPrimitives.ReadUInt16BigEndian(header[16..]);
        string? problem = pageSize != FilePage.Size ? $"its pages have {(pageSize == 1 ? 65_536 : pageSize)} bytes instead of {FilePage.Size}"
            : header[20] != 0 ? $"its pages keep {header[20]} bytes for an extension"
            : BinaryPrimitives.ReadUInt32BigEndian(header[52..]) != 0 ? "it is in auto-vacuum mode"
            : BinaryPrimitives.ReadUInt32BigEndian(header[56..]) != 1 ? "its text is not UTF-8"
            : null;
        if (problem is not null)
        {
            throw new StoreFormatException(path, $"{problem}: no store is made like that. Put a copy in its place.");
        }
    }
}
