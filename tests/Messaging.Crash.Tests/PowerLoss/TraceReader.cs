using System.Buffers.Binary;

namespace Messaging.Crash.Tests.PowerLoss;

/// <summary>The reader of the file that shim.c records to: headers of 24 bytes (kind, handle, offset, length), each with its data.</summary>
internal static class TraceReader
{
    private const int HeaderBytes = 24;

    /// <summary>Reads all records.</summary>
    /// <exception cref="InvalidDataException">It ends in the middle of one, or holds an unknown kind.</exception>
    public static List<TraceRecord> Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        List<TraceRecord> records = [];
        for (int at = 0; at < bytes.Length;)
        {
            ReadOnlySpan<byte> header = bytes.Length - at < HeaderBytes
                ? throw new InvalidDataException($"The trace '{path}' ends in the header of record {records.Count}.")
                : bytes.AsSpan(at, HeaderBytes);
            var kind = (TraceKind)BinaryPrimitives.ReadUInt32LittleEndian(header);
            long length = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
            at += HeaderBytes;
            if (!Enum.IsDefined(kind) || length < 0 || length > bytes.Length - at)
            {
                throw new InvalidDataException($"Record {records.Count} of the trace '{path}' is of kind {kind} and has {length} bytes; {bytes.Length - at} are left.");
            }

            records.Add(new TraceRecord(
                kind,
                BinaryPrimitives.ReadUInt32LittleEndian(header[4..]),
                BinaryPrimitives.ReadInt64LittleEndian(header[8..]),
                bytes.AsMemory(at, (int)length)));
            at += (int)length;
        }

        return records;
    }
}
