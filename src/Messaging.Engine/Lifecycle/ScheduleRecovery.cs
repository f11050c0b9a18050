using Messaging.Diagnostics;
using Messaging.Producers;
using Messaging.Storage;

namespace Messaging.Lifecycle;

/// <summary>The recovery of what is not in a log: the scheduled messages, and the ids that senders gave.</summary>
internal static class ScheduleRecovery
{
    public static void Recover(ScheduledMessages scheduled, StoreContents contents, RecoveredLogs logs, Durability durability)
    {
        foreach (ScheduledRecord record in contents.Scheduled)
        {
            if (logs.Find(record.Log) is { } log)
            {
                scheduled.Add(record.MessageId, log, record.DueTicks, default);
            }
        }

        foreach (StoreMessageId remembered in SeededBugs.Is(SeededBug.ForgetWindow) ? [] : contents.MessageIds)
        {
            // A number comes with its entry into the log; without one it is scheduled, or was before numbers came.
            bool isScheduled = remembered.Sequence == 0 && logs.Find(remembered.Log) is { } log && scheduled.Index.Holds(remembered.MessageId, log);
            scheduled.Window.Recover(remembered, durability, isScheduled);
        }
    }
}
