using Messaging.Logs;

namespace Messaging.Schedules;

/// <summary>A stored message that is due and not yet in its log.</summary>
internal sealed class DueMessage(MessageId id, MessageLog log, long due)
{
    public MessageId Id => id;

    public MessageLog Log => log;

    public long Due => due;

    /// <summary>Gets or sets a value indicating whether the store did not give it when it was read.</summary>
    public bool IsMissing { get; set; }
}
