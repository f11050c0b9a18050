using Messaging.Sqlite.Batches;

namespace Messaging.Sqlite.Log;

/// <summary>A run in the open segment.</summary>
internal struct OpenRun(OpenBatch batch, BatchRun run)
{
    public readonly OpenBatch Batch = batch;
    public readonly long First = run.First;
    public readonly long Last = run.Last;
    private readonly long _bytes = run.Bytes;

    /// <summary>The number of its records that are still needed; at zero it is dead.</summary>
    public long Live = run.Count;

    /// <summary>Gets what the live records take, as if all were of one size.</summary>
    public readonly long LiveBytes => Live == 0 ? 0 : Live == Last - First + 1 ? _bytes : _bytes * Live / (Last - First + 1);
}
