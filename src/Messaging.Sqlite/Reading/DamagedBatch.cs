namespace Messaging.Sqlite.Reading;

/// <summary>A batch that cannot be read, and that records may be missing from.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="Cause">What is wrong with it.</param>
internal readonly record struct DamagedBatch(long Batch, Exception Cause);
