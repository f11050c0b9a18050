namespace Messaging.Records;

/// <summary>An encoded record taken apart.</summary>
internal readonly record struct RecordHead(uint Epoch, long SentAt, MessageExtras? Extras, ReadOnlyMemory<byte> Body);
