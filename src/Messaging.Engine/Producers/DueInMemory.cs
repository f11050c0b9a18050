using System.Runtime.InteropServices;
using Messaging.Groups;
using Messaging.Logs;
using Messaging.Records;
using Messaging.Schedules;

namespace Messaging.Producers;

/// <summary>What is due and in memory only, on its way from the schedule into the logs.</summary>
/// <remarks>Used by one thread at a time.</remarks>
internal sealed class DueInMemory(ScheduleIndex index, DeduplicationWindow window, CountVersion version)
{
    private readonly List<Record> _records = [];

    /// <summary>Gets the messages to append next.</summary>
    public List<ScheduledItem> Items { get; } = [];

    /// <summary>Appends the messages: neighbours of one log together.</summary>
    public void Append()
    {
        for (int i = 0; i < Items.Count; i++)
        {
            MessageLog log = Items[i].Log;
            // It enters without asking. A topic without subscriptions gives the room back when the message is in its log.
            log.Bound?.Gate.Add(1);
            _records.Add(Items[i].RecordWithId());
            if (i + 1 == Items.Count || Items[i + 1].Log != log)
            {
                Enter(log, first: i + 1 - _records.Count);
                _records.Clear();
            }
        }

        Items.Clear();
    }

    /// <summary>Moves the records from the schedule to their log.</summary>
    /// <param name="log">The log.</param>
    /// <param name="first">The index of the first one among the messages.</param>
    private void Enter(MessageLog log, int first)
    {
        Appended appended;
        version.Begin();
        try
        {
            appended = log.Add(CollectionsMarshal.AsSpan(_records), ticket: default);
            index.Enter(log, appended.Count);
        }
        finally
        {
            version.End();
        }

        for (int i = 0; i < appended.Count; i++)
        {
            window.Enter(log, Items[first + i].Id, appended.First + i);
        }

        appended.Announce(ticket: default);
    }
}
