using Messaging.Logs;
using Messaging.Storage;

namespace Messaging.Groups;

/// <summary>Scheduled messages that enter their logs when a commit is made.</summary>
internal interface IDueSource
{
    /// <summary>Gets the time up to which to look, and forgets it; <see langword="null"/> for nothing to look for.</summary>
    long? TakeDueTicks();

    /// <summary>Says whether a scheduled message has become due, and to which log it goes.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="log">The log.</param>
    /// <param name="ordinal">The place of its id in the order of remembering; 0 for an id that is not remembered.</param>
    bool TryClaim(MessageId id, out MessageLog log, out long ordinal);

    /// <summary>Notes that what was claimed is in its logs and counts there. Called between the two changes of the <see cref="CountVersion"/>.</summary>
    void OnPublished();

    /// <summary>Says which numbers what was claimed has in its logs, as it is stored and about to be published.</summary>
    void OnEntered(ReadOnlySpan<PendingAppend> entered);

    /// <summary>Tells that the messages found were not all, so that another commit must follow.</summary>
    void LookAgain(long dueTicks);

    /// <summary>Tells that nothing could be read, so that it must be tried again later.</summary>
    void OnReadFailed(long dueTicks, StoreException exception);

    /// <summary>Tells that all that the store could give was found, so that what is missing is damaged.</summary>
    /// <param name="dueTicks">The time up to which was looked.</param>
    /// <param name="found">What was found.</param>
    /// <param name="lost">Receives the ids of what the store is to remove from the schedule.</param>
    /// <param name="forgotten">Receives the places of remembered ids that the store is to forget.</param>
    void OnAllRead(long dueTicks, IReadOnlyList<ScheduledRecord> found, List<MessageId> lost, List<long> forgotten);
}
