using System.Buffers.Binary;
using Messaging.Sqlite.Format;

namespace Messaging.Sqlite.Batches;

/// <summary>The directory of a batch, read run by run: a checksum of the directory, one of the body, and the runs.</summary>
internal ref struct BatchDirectory
{
    private readonly ReadOnlySpan<byte> _runs;
    private readonly long _batch;
    private readonly uint _bodyChecksum;
    private int _position;
    private int _offset;

    /// <param name="batch">The batch's id, which the checksums include.</param>
    /// <param name="blob">The directory's bytes.</param>
    /// <exception cref="InvalidDataException">The directory is damaged.</exception>
    public BatchDirectory(long batch, ReadOnlySpan<byte> blob)
    {
        ReadOnlySpan<byte> content = Checksum.Open(blob, batch);
        if (content.Length < Checksum.Length)
        {
            throw new InvalidDataException("A directory is cut off.");
        }

        _batch = batch;
        _bodyChecksum = BinaryPrimitives.ReadUInt32LittleEndian(content);
        _runs = content[Checksum.Length..];
    }

    public BatchRun Current { get; private set; }

    public bool MoveNext()
    {
        if (_position == _runs.Length)
        {
            return false;
        }

        long log = (long)Varint.Read(_runs, ref _position);
        long first = (long)Varint.Read(_runs, ref _position);
        int count = Varint.ReadLength(_runs, ref _position, int.MaxValue);
        int bytes = Varint.ReadLength(_runs, ref _position, int.MaxValue - _offset);
        Current = new BatchRun(log, first, count, _offset, bytes);
        _offset += bytes;
        return true;
    }

    /// <summary>Returns the body, if it is the right one.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public readonly ReadOnlySpan<byte> Verify(ReadOnlySpan<byte> body) =>
        Checksum.Of(body, _batch) == _bodyChecksum ? body : throw new InvalidDataException("A body's checksum is wrong.");

    /// <summary>Writes a directory and returns its length.</summary>
    /// <param name="batch">The batch's id.</param>
    /// <param name="runs">The runs, in the order of their records in the body.</param>
    /// <param name="bodyChecksum">The checksum of the body.</param>
    /// <param name="target">The buffer, at least <see cref="MaxLength"/> long.</param>
    public static int Write(long batch, ReadOnlySpan<BatchRun> runs, uint bodyChecksum, Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target[Checksum.Length..], bodyChecksum);
        int position = 2 * Checksum.Length;
        foreach (BatchRun run in runs)
        {
            position = Varint.Write(target, position, (ulong)run.Log);
            position = Varint.Write(target, position, (ulong)run.First);
            position = Varint.Write(target, position, (ulong)run.Count);
            position = Varint.Write(target, position, (ulong)run.Bytes);
        }

        Checksum.Seal(target[..position], batch);
        return position;
    }

    public static int MaxLength(int runs) => (2 * Checksum.Length) + (runs * 4 * Varint.MaxLength);
}
