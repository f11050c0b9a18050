using Messaging.Records;

namespace Messaging.Logs;

/// <summary>How much of a stored log stays in memory: the older half goes when there is too much, and is read from the store if a reader lags. Guarded by the log.</summary>
internal sealed class TailLimit(LogTail tail)
{
    private const int MaxRecords = 8192;
    private const long MaxBytes = 16 << 20;

    private long _bytes;

    /// <summary>Counts a record that was appended.</summary>
    public void Count(in Record record) => _bytes += record.Size;

    /// <summary>Gets a value indicating whether too much is in memory.</summary>
    public bool IsPassed => tail.End - tail.Start > MaxRecords || _bytes > MaxBytes;

    /// <summary>Uncounts the records below a number, which are about to be dropped.</summary>
    public void Uncount(long below)
    {
        Record record = default;
        for (long sequence = tail.Start; sequence < below && tail.TryCopy(sequence, ref record); sequence++)
        {
            _bytes -= record.Size;
        }
    }
}
