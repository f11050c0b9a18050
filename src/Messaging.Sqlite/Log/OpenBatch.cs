namespace Messaging.Sqlite.Log;

/// <summary>A batch of the open segment.</summary>
internal sealed class OpenBatch(long id, int bytes)
{
    public long Id { get; } = id;

    public int Bytes { get; } = bytes;

    /// <summary>Gets or sets how many of its runs are still needed; at zero the batch is deleted.</summary>
    public int LiveRuns { get; set; }
}
