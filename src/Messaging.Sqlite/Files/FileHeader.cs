using System.Buffers.Binary;

namespace Messaging.Sqlite.Files;

/// <summary>The first hundred bytes of an SQLite file, looked at before SQLite is let near it, so that a foreign file stays as it is.</summary>
internal static class FileHeader
{
    /// <summary>The mark of our files, "MSG1".</summary>
    public const int ApplicationId = 0x4D534731;

    private const int Length = 100;

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
                throw new StoreFormatException(path, "it is not an SQLite file.");
            }
        }

        int application = BinaryPrimitives.ReadInt32BigEndian(header[68..]);
        if (application != ApplicationId)
        {
            throw new StoreFormatException(path, "it is an SQLite file, but not a message store.");
        }

        int version = BinaryPrimitives.ReadInt32BigEndian(header[60..]);
        VerifyVersion(path, version, newestVersion);

        // While a log of newer pages is there, the file itself may lag behind what its header says.
        int encoded = BinaryPrimitives.ReadUInt16BigEndian(header[16..]);
        long pageSize = encoded == 1 ? 65_536 : encoded;
        long pages = BinaryPrimitives.ReadUInt32BigEndian(header[28..]);
        if (fileLength < pages * pageSize && !File.Exists(path + "-wal"))
        {
            throw new StoreFormatException(path, $"it is damaged: {fileLength} bytes long instead of {pages * pageSize}.");
        }
    }

    public static void VerifyVersion(string path, long version, int newestVersion)
    {
        if (version > newestVersion)
        {
            throw new StoreFormatException(
                path, $"it has version {version}, and this program knows versions up to {newestVersion}: open it with a newer program.");
        }
    }
}
