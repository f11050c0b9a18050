using Messaging.Sqlite.Format;
using Messaging.Storage;

namespace Messaging.Sqlite.Batches;

/// <summary>The records that one read has found so far, and what it still wants.</summary>
internal struct RecordCollector(StoreRange range, List<StoreRecord> output)
{
    private readonly int _start = output.Count;
    private int _records = range.MaxRecords;
    private long _bytes = range.MaxBytes;

    /// <summary>Gets the first sequence number that is wanted next.</summary>
    public long Next { get; private set; } = range.First;

    public readonly bool IsFull => _records <= 0 || (_bytes <= 0 && Found);

    /// <summary>Gets a value indicating whether there is at least one.</summary>
    public readonly bool Found => output.Count > _start;

    /// <summary>Goes on behind what is known not to be there.</summary>
    public void SkipTo(long sequence) => Next = Math.Max(Next, sequence);

    /// <summary>Takes the wanted records of a run. They share one copy of their bytes.</summary>
    /// <param name="run">The run.</param>
    /// <param name="body">The bytes of the run.</param>
    /// <exception cref="InvalidDataException">The lengths in the body do not fit the run.</exception>
    public void Take(BatchRun run, ReadOnlySpan<byte> body)
    {
        int position = 0;
        long sequence = run.First;
        for (; sequence < Next; sequence++)
        {
            int skipped = Varint.ReadBlockLength(body, ref position);
            position += skipped;
        }

        int start = position;
        int first = output.Count;
        for (; sequence <= run.Last && !IsFull; sequence++)
        {
            int length = Varint.ReadBlockLength(body, ref position);
            output.Add(new StoreRecord(sequence, default));
            position += length;
            _records--;
            _bytes -= length;
        }

        Next = sequence;
        byte[] copy = body[start..position].ToArray();
        position = 0;
        for (int i = first; i < output.Count; i++)
        {
            int length = Varint.ReadBlockLength(copy, ref position);
            output[i] = output[i] with { Payload = copy.AsMemory(position, length) };
            position += length;
        }
    }
}
