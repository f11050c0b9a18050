using Messaging.Diagnostics;
using Messaging.Scheduling;
using Messaging.Storage;
using Microsoft.Extensions.Logging;

namespace Messaging.Schedules;

/// <summary>The scheduled messages that enter their logs with the writer's commits: they have their bytes in the store only, and enter in the commit that
/// removes them from the schedule.</summary>
/// <param name="index">The messages by id and by due time.</param>
/// <param name="window">The ids that senders gave.</param>
/// <param name="alarm">What has the writer look for them when it rings.</param>
/// <param name="clock">The broker's clock.</param>
/// <param name="logger">The log.</param>
/// <param name="durability">What their commits must survive.</param>
/// <param name="skipsDamaged">Whether damaged records are to be passed over.</param>
internal sealed class DueMessages(
    ScheduleIndex index, DeduplicationWindow window, Alarm alarm, BrokerClock clock, ILogger logger, Durability durability, bool skipsDamaged)
{
    public ScheduleIndex Index => index;

    public DeduplicationWindow Window => window;

    /// <summary>Gets what their commits must survive.</summary>
    public Durability Durability => durability;

    /// <summary>Gets a value indicating whether damaged records are to be passed over: then they do not come any more.</summary>
    public bool SkipsDamaged => skipsDamaged;

    /// <summary>Tells that nothing could be read, so that it must be tried again later.</summary>
    public void OnReadFailed(long dueTicks, StoreException exception)
    {
        bool isFirst = index.NoteFailure(dueTicks);
        alarm.SetNoLaterThan(DueTime.After(clock.Now, TimeSpan.TicksPerSecond));
        if (isFirst)
        {
            EngineLog.ScheduledReadFailed(logger, exception);
        }
    }

    /// <summary>Tells that the store could not give a message, so that it is damaged.</summary>
    /// <param name="message">The message.</param>
    /// <param name="commit">Receives what the store is to remove from the schedule, and the place of the remembered id that it is to forget.</param>
    public void OnMissing(DueMessage message, StoreCommit commit)
    {
        EngineLog.ScheduledDamaged(logger, message.Id, message.Log.Name);
        if (!skipsDamaged)
        {
            return;
        }

        commit.Unscheduled.Add(message.Id);
        if (window.OrdinalOfScheduled(message.Log.Id, message.Id) is > 0 and var ordinal)
        {
            // It never comes, so it can be sent again.
            commit.Forgotten.Add(ordinal);
            window.Forget(message.Log.Id, message.Id, ordinal);
        }
    }
}
