using Messaging.Logs;
using Messaging.Records;

namespace Messaging.Schedules;

/// <summary>A message that enters its log later.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Log">Its log.</param>
/// <param name="Due">Its due time in UTC ticks.</param>
/// <param name="Record">Its record; a missing one if only the store has it.</param>
internal readonly record struct ScheduledItem(MessageId Id, MessageLog Log, long Due, Record Record)
{
    /// <summary>Lets go of what the item says itself: the id, and the time from which the message's age counts.</summary>
    public static ScheduledItem Of(MessageId id, MessageLog log, long due, in Record record) => new(
        id, log, due, record is { IsEncoded: false, Extras: { Headers: null } } ? new Record(record.Body, record.SentAt, extras: null) : record);

    /// <summary>Gets the record as it enters the log.</summary>
    public Record RecordWithId() =>
        Record is { IsEncoded: false, Extras: null } record
            ? new Record(record.Body, record.SentAt, new MessageExtras { Id = Id, AgesFrom = Due })
            : Record;
}
