namespace Messaging.Storage;

/// <summary>A record as read.</summary>
/// <param name="Sequence">Its number in the log.</param>
/// <param name="Payload">The bytes; they may be kept.</param>
public readonly record struct StoreRecord(long Sequence, ReadOnlyMemory<byte> Payload);
