namespace Messaging.Sqlite.Log;

/// <summary>A run in the open segment.</summary>
/// <param name="Batch">The batch that holds it.</param>
/// <param name="Last">Its last sequence number.</param>
/// <param name="Bytes">How much of the body it takes.</param>
internal readonly record struct OpenRun(OpenBatch Batch, long Last, int Bytes);
