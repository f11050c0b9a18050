namespace Messaging.Storage;

/// <summary>A record to add to a log.</summary>
/// <param name="Log">The log.</param>
/// <param name="Sequence">Its number in the log, from 1.</param>
/// <param name="Payload">The bytes.</param>
public readonly record struct StoreAppend(int Log, long Sequence, ReadOnlyMemory<byte> Payload);
