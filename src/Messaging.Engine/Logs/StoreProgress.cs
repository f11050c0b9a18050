using Messaging.Records;

namespace Messaging.Logs;

/// <summary>How far the store knows a log: what the writer numbers next, and what the store was told of its end and of what is settled. Changed by the writer only.</summary>
internal sealed class StoreProgress(long recoveredLast, long meanRecordBytes)
{
    private const long BytesWorthALook = 8 << 20;
    private const long MessagesWorthALook = 16_384;

    private long _lookedAt;
    private long _writtenBytes;

    /// <summary>Gets the number of the last record that the store held when it was opened; 0 for none.</summary>
    public long RecoveredLast { get; } = recoveredLast;

    /// <summary>Gets the mean size of what the store held when it was opened.</summary>
    public long MeanRecordBytes { get; } = meanRecordBytes;

    /// <summary>Gets or sets the number that the writer gives next.</summary>
    public long NextSequence { get; set; } = recoveredLast + 1;

    /// <summary>Gets or sets the trim that the store was told.</summary>
    public long StoredTrim { get; set; } = recoveredLast + 1;

    /// <summary>Gets or sets the ranges above the trim that the store was told of.</summary>
    public IReadOnlyList<(long First, long Last)> ToldSettled { get; set; } = [];

    /// <summary>Gets the number of messages that is worth a look at what every reader has settled, when they were settled above the
    /// floor or came without a trim: some 8 MiB.</summary>
    public long WorthALook => Math.Clamp(BytesWorthALook / Math.Max(1, Math.Max(MeanRecordBytes, MeanWritten)), 1, MessagesWorthALook);

    /// <summary>Gets a value indicating whether the log has grown by so much since the last look.</summary>
    public bool HasGrownMuch => NextSequence - Math.Max(_lookedAt, StoredTrim) >= WorthALook;

    private long MeanWritten => _writtenBytes / Math.Max(1, NextSequence - 1 - RecoveredLast);

    /// <summary>Gives a record its number.</summary>
    public long Number(in Record record)
    {
        _writtenBytes += record.Size;
        return NextSequence++;
    }

    /// <summary>Notes that the writer looks at what every reader has settled.</summary>
    public void NoteLook() => _lookedAt = NextSequence;
}
