namespace Messaging.Storage;

/// <summary>Scheduled messages that enter their logs when a commit is made.</summary>
internal interface IDueSource
{
    /// <summary>Gets the time up to which to look, and forgets it; <see langword="null"/> for nothing to look for.</summary>
    long? TakeDueTicks();

    /// <summary>Says whether a scheduled message has become due, and to which log it goes.</summary>
    bool TryClaim(MessageId id, out MessageLog log);

    /// <summary>Tells that the messages found were not all, so that another commit must follow.</summary>
    void LookAgain(long dueTicks);
}
