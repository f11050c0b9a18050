namespace Messaging.Logs;

/// <summary>Who reads a log at one or more readers. All of it is called without a lock.</summary>
internal interface ILogReaderOwner
{
    /// <summary>Says that the log has grown. Called by whoever appended.</summary>
    void OnAppended();

    /// <summary>Has what was acknowledged settled now, since somebody wants the room.</summary>
    void SettleAcks();

    /// <summary>Determines whether a reader does not want a message any more.</summary>
    bool IsSettled(LogReader reader, long sequence);
}
