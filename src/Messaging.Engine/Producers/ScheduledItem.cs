using Messaging.Logs;
using Messaging.Records;

namespace Messaging.Producers;

/// <summary>A message that enters its log later.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Log">Its log.</param>
/// <param name="Due">Its due time in UTC ticks.</param>
/// <param name="Record">Its record; a missing one if only the store has it.</param>
internal readonly record struct ScheduledItem(MessageId Id, MessageLog Log, long Due, Record Record);
