namespace Messaging.Storage;

/// <summary>A record that enters a log later.</summary>
/// <param name="MessageId">The message's id, unique among the scheduled records.</param>
/// <param name="Log">The log.</param>
/// <param name="DueTicks">The due time in UTC ticks of the broker's time, which makes no steps when the wall clock is set.</param>
/// <param name="Payload">The bytes; empty where only the index was read.</param>
public readonly record struct ScheduledRecord(MessageId MessageId, int Log, long DueTicks, ReadOnlyMemory<byte> Payload);
