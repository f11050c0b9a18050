using Messaging.Bounds;
using Messaging.Records;

namespace Messaging.Logs;

/// <summary>A record on its way into a log; its number is given when the commit is made.</summary>
internal struct PendingAppend(MessageLog log, in Record record, MessageId? rememberedId, long ordinal, RoomTicket ticket = default)
{
    public readonly MessageLog Log = log;
    public readonly Record Record = record;

    /// <summary>The sender's id to remember with the commit, and its place in the order of remembering.</summary>
    public readonly MessageId? RememberedId = rememberedId;
    public readonly long Ordinal = ordinal;

    /// <summary>The room that the sender has taken.</summary>
    public readonly RoomTicket Ticket = ticket;

    public long Sequence;
}
