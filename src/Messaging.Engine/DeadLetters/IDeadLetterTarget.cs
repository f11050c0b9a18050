using Messaging.Logs;

namespace Messaging.DeadLetters;

/// <summary>Where redriven dead letters go.</summary>
internal interface IDeadLetterTarget
{
    /// <summary>Gets the log, creating it if need be, and counts the message that is to come.</summary>
    MessageLog Accept();
}
