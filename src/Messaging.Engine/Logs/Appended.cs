using Messaging.Bounds;

namespace Messaging.Logs;

/// <summary>Records that are in their log since a moment ago, and what the log's readers were like then.</summary>
/// <param name="Log">The log.</param>
/// <param name="First">The number of the first one.</param>
/// <param name="Count">How many there are, side by side.</param>
/// <param name="Bytes">Their size together.</param>
/// <param name="IsKept">Whether a reader wants them.</param>
/// <param name="Backlogs">The bounds in which they count.</param>
internal readonly record struct Appended(MessageLog Log, long First, int Count, long Bytes, bool IsKept, Backlog[] Backlogs)
{
    /// <summary>Notifies the readers of records in memory, and gives back the room that they do not need.</summary>
    public void Announce(RoomTicket ticket)
    {
        ticket.Leave(Backlogs, Count, Bytes);
        Log.NotifyOrForget(IsKept, Count);
    }

    /// <summary>Gives back the room that published records do not need. The writer notifies the readers after that.</summary>
    public void LetGo(ReadOnlySpan<PendingAppend> appends)
    {
        foreach (ref readonly PendingAppend append in appends)
        {
            append.Ticket.Leave(Backlogs, 1, append.Record.Size);
        }

        if (!IsKept)
        {
            // The last reader has gone since they were sent: nobody will settle them.
            Log.Bound?.TrimmedGate?.Leave(appends.Length);
        }
    }
}
