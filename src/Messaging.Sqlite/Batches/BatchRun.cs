namespace Messaging.Sqlite.Batches;

/// <summary>Records of one log with consecutive numbers that lie side by side in the body of a batch.</summary>
/// <param name="Log">The log's number.</param>
/// <param name="First">The first record's sequence number.</param>
/// <param name="Count">How many there are, at least 1.</param>
/// <param name="Offset">Where they begin in the body.</param>
/// <param name="Bytes">How much of the body they take.</param>
internal readonly record struct BatchRun(long Log, long First, int Count, int Offset, int Bytes)
{
    public long Last => First + Count - 1;

    /// <summary>Gets the run's part of the body.</summary>
    /// <exception cref="InvalidDataException">The body is too short for it.</exception>
    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> body) =>
        Offset <= body.Length - Bytes ? body.Slice(Offset, Bytes) : throw new InvalidDataException("A body is cut off.");
}
